"""The tags of a song as one text with separators, as in the manifest."""

from collections.abc import Iterable

TAG_SEPARATOR = "|"  # in manifests and splits


def join_tags(tags: Iterable[str]) -> str:
    """Join tags in order, without repetition; a separator inside a tag becomes ``/``."""
    return TAG_SEPARATOR.join(dict.fromkeys(tag.replace(TAG_SEPARATOR, "/") for tag in tags))
