"""The baseline `mfcc`: mean and standard deviation of 20 MFCCs and of their deltas."""

from collections.abc import Sequence

import librosa
import numpy as np

from deepartist.embeddings.describe_clips import describe
from deepartist.process import stage

COEFFICIENTS = 20


def mfcc_statistics(frames: np.ndarray) -> np.ndarray:
    """Summarise a clip by its MFCCs.

    Parameters
    ----------
    frames : np.ndarray [shape=(n, 128)]
        ``log10(1 + 10 · mel)`` of the magnitude.

    Returns
    -------
    np.ndarray [shape=(80,), dtype=float32]
        Mean and standard deviation of 20 MFCCs, then of their deltas.
    """
    magnitude = (10 ** frames.astype(np.float32).T - 1) / 10  # (128, n)
    mfcc = librosa.feature.mfcc(S=librosa.amplitude_to_db(magnitude), n_mfcc=COEFFICIENTS)
    delta = librosa.feature.delta(mfcc)
    return np.concatenate([mfcc.mean(1), mfcc.std(1), delta.mean(1), delta.std(1)])


def main(argv: Sequence[str] | None = None) -> None:
    """Describe the usable clips of a data set by their MFCCs."""
    prog = "python -m deepartist.embeddings.describe_mfcc"
    describe(argv, prog, main.__doc__, mfcc_statistics)


if __name__ == "__main__":
    stage.run(main)
