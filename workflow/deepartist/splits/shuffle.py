"""Random orders that a new song or artist does not change for the others."""

import hashlib
from collections.abc import Iterable


def shuffled(names: Iterable[str], seed: int, salt: str) -> list[str]:
    """Put names into a random order that depends on nothing but the seed, the salt and each name.

    The order in which they come does not matter, and a new name leaves the others in their order.

    Parameters
    ----------
    names : iterable of str
    seed : int
    salt : str
        Tells apart orders that are drawn with one seed.
    """
    return sorted(names, key=lambda name: hashlib.sha256(f"{seed}/{salt}/{name}".encode()).digest())
