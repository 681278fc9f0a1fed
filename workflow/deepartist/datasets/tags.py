"""Tags as the manifest has them: in one text, with a separator."""

from collections.abc import Iterable

TAG_SEPARATOR = "|"  # between the tags of a song, in manifests and splits


def join_tags(tags: Iterable[str]) -> str:
    """Join tags, each once and in their order; a separator within one becomes ``/``."""
    return TAG_SEPARATOR.join(dict.fromkeys(tag.replace(TAG_SEPARATOR, "/") for tag in tags))
