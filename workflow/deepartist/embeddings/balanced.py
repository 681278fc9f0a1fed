"""Balanced vectors: multilevel vectors in which all blocks of the encoder count alike.

Of each block's maxima, shares of their sum are taken and square roots of these, so that no channel
outweighs the others; then the mean over the songs is taken away, and each block is scaled to unit
length. Nothing is trained. docs/real_music.md says what that brings.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

ENDS = (128, 256, 384, 512)  # of the first four blocks among the 768 numbers
SIZE = 768
FEWEST_SONGS = 20  # the mean of fewer says little of what songs have in common


def take_roots(multilevel: npt.ArrayLike) -> Floats:
    """Take square roots of each block's shares: (n, 768) to (n, 768); zeros stay zeros."""
    blocks = []
    for block in np.split(np.asarray(multilevel, np.float32), ENDS, axis=1):
        total = block.sum(axis=1, keepdims=True)
        blocks.append(np.sqrt(np.divide(block, total, out=np.zeros_like(block), where=total > 0)))
    roots: Floats = np.concatenate(blocks, axis=1)
    return roots


def find_centre(roots: Floats) -> Floats:
    """Average the roots of songs (n, 768) to their centre (768,); of few songs, it is zero."""
    if len(roots) < FEWEST_SONGS:
        return np.zeros(roots.shape[1], np.float32)
    centre: Floats = roots.mean(axis=0, dtype=np.float64).astype(np.float32)
    return centre


def balance(roots: Floats, centre: Floats) -> Floats:
    """Make balanced vectors of unit length.

    Parameters
    ----------
    roots : np.ndarray [shape=(n, 768), dtype=float32]
        From `take_roots`.
    centre : np.ndarray [shape=(768,), dtype=float32]
        From `find_centre`, of the songs that are compared.

    Returns
    -------
    np.ndarray [shape=(n, 768), dtype=float32]
        Each of the five blocks has the length √⅕, or 0 if it does not differ from the centre.
    """
    balanced: Floats = roots - centre
    blocks = np.split(balanced, ENDS, axis=1)  # views
    for block in blocks:
        lengths = np.linalg.norm(block, axis=1, keepdims=True) * np.sqrt(np.float32(len(blocks)))
        np.divide(block, lengths, out=block, where=lengths > 1e-6)
    return balanced
