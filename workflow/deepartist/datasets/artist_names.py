"""Artist names: how spellings are compared, and which names do not stand for an artist."""

import unicodedata

# Names that stand for no artist: songs by several artists, or by an unknown one.
NOT_ARTISTS = frozenset(
    ("various artists", "various", "va", "v.a.", "v/a", "unknown artist", "unknown", "[unknown]")
)


def normalise(name: str) -> str:
    """Normalise a name, so that two spellings of the same name become equal.

    Case, Unicode compatibility forms (such as full-width letters) and white space are unified.
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
