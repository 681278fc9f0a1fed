"""Names of artists: which spellings are one name, and which names are no artist's."""

import unicodedata

# What stands in the place of an artist where there is none, or more than one.
NOT_ARTISTS = frozenset(
    ("various artists", "various", "va", "v.a.", "v/a", "unknown artist", "unknown", "[unknown]")
)


def normalise(name: str) -> str:
    """Fold what does not tell names apart: case, width and form of letters, spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
