"""Random orders in which a new song or artist does not change the order of the others."""

import hashlib
from collections.abc import Iterable


def shuffled(names: Iterable[str], seed: int, salt: str) -> list[str]:
    """Put names into a random order that depends only on the seed, the salt and the names.

    Their original order has no effect, and a new name does not change the order of the others.

    Parameters
    ----------
    names : iterable of str
    seed : int
    salt : str
        Makes the orders that are drawn with one seed independent of each other.
    """
    return sorted(names, key=lambda name: hashlib.sha256(f"{seed}/{salt}/{name}".encode()).digest())
