"""The encoders that the paper's authors released: their kinds and numbers of artists."""

from collections.abc import Mapping
from typing import NamedTuple


class KnownEncoder(NamedTuple):
    """What the name of a released encoder says of it."""

    kind: str
    artists: int


KNOWN_ENCODERS: Mapping[str, KnownEncoder] = {
    "authors-siamese-10000": KnownEncoder("siamese", 10_000),
    "authors-siamese-5000": KnownEncoder("siamese", 5000),
    "authors-basic-5000": KnownEncoder("basic", 5000),
    "authors-basic-10000-epoch-889": KnownEncoder("basic", 10_000),
    "authors-basic-10000-epoch-999": KnownEncoder("basic", 10_000),
}
