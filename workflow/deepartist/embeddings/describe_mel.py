"""The baseline `mel`: mean and standard deviation of the log-mel bands, the encoders' input."""

from collections.abc import Sequence

import numpy as np

from deepartist.embeddings.describe_clips import describe
from deepartist.process import stage


def mel_statistics(frames: np.ndarray) -> np.ndarray:
    """Summarise a clip by its log-mel bands.

    Parameters
    ----------
    frames : np.ndarray [shape=(n, 128)]
        ``log10(1 + 10 · mel)`` of the magnitude.

    Returns
    -------
    np.ndarray [shape=(256,), dtype=float32]
        Mean over time of each band, then standard deviation of each.
    """
    frames = frames.astype(np.float32)
    return np.concatenate([frames.mean(axis=0), frames.std(axis=0)])


def main(argv: Sequence[str] | None = None) -> None:
    """Describe the usable clips of a data set by their log-mel bands."""
    prog = "python -m deepartist.embeddings.describe_mel"
    describe(argv, prog, main.__doc__, mel_statistics)


if __name__ == "__main__":
    stage.run(main)
