"""The clip features of FMA's baseline: statistics over time of librosa's features.

They are the input of the SVM in table 4. Source: Defferrard, Benzi, Vandergheynst and Bresson,
"FMA: A dataset for music analysis", ISMIR 2017.
"""

import argparse
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import librosa
import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from deepartist.constants import SAMPLE_RATE_HZ
from deepartist.datasets.manifest import read_manifest
from deepartist.embeddings.features import write_features
from deepartist.mels.audio import EXCERPTS, DecodeError, decode
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.process.locks import locking
from deepartist.splits.labels import read_labels

CLIP_DURATION_S = 30.0  # of FMA's clips
N_FFT = 2048
HOP_LENGTH = 512
BINS_PER_OCTAVE = 12
OCTAVES = 7  # from C1


def frame_features(samples: np.ndarray) -> dict[str, np.ndarray]:
    """Compute the features of each frame of a clip, 74 dimensions in all.

    This follows FMA's code with two differences. FMA read each file at its own sample rate; here
    all files have the same. FMA estimated the tuning again, from the power, for `chroma_stft`; here
    it is estimated once, from the magnitude. Defaults of librosa that have changed since then are
    written out: edges are reflected, and chroma has as many bins per octave as the constant-Q
    transform.

    Parameters
    ----------
    samples : np.ndarray [shape=(n,), dtype=float32], n >= 16,384
        Mono sound at 22,050 Hz. Fewer samples are shorter than the filters of the lowest octave.

    Returns
    -------
    dict of str to np.ndarray [shape=(d, 1 + n // 512), dtype=float32 or float64]
        chroma_stft, chroma_cqt, chroma_cens (d = 12 each), tonnetz (6), mfcc (20), rms, zcr,
        centroid and bandwidth (1 each), contrast (7), rolloff (1).

    Raises
    ------
    librosa.ParameterError
        The samples are so large that their power overflows float32.
    """
    feature = librosa.feature
    stft = librosa.stft(samples, n_fft=N_FFT, hop_length=HOP_LENGTH, pad_mode="reflect")
    magnitude = np.abs(stft)  # (1025, frames)
    with np.errstate(over="ignore"):  # librosa raises an error where it is not finite
        power = magnitude**2
    tuning = librosa.estimate_tuning(S=magnitude, sr=SAMPLE_RATE_HZ)  # of a semitone
    cqt = librosa.cqt(
        samples,
        sr=SAMPLE_RATE_HZ,
        hop_length=HOP_LENGTH,
        n_bins=OCTAVES * BINS_PER_OCTAVE,
        bins_per_octave=BINS_PER_OCTAVE,
        tuning=tuning,
        pad_mode="reflect",
    )
    constant_q = np.abs(cqt)  # (84, frames)
    chroma_cens = feature.chroma_cens(C=constant_q, bins_per_octave=BINS_PER_OCTAVE)
    mel = feature.melspectrogram(S=power, sr=SAMPLE_RATE_HZ)
    centroid = feature.spectral_centroid(S=magnitude, sr=SAMPLE_RATE_HZ)
    return {
        "chroma_stft": feature.chroma_stft(S=power, sr=SAMPLE_RATE_HZ, tuning=tuning),
        "chroma_cqt": feature.chroma_cqt(C=constant_q, bins_per_octave=BINS_PER_OCTAVE),
        "chroma_cens": chroma_cens,
        "tonnetz": feature.tonnetz(chroma=chroma_cens),
        "mfcc": feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=20),
        "rms": feature.rms(S=magnitude, frame_length=N_FFT),
        "zcr": feature.zero_crossing_rate(samples, frame_length=N_FFT, hop_length=HOP_LENGTH),
        "centroid": centroid,
        "bandwidth": feature.spectral_bandwidth(S=magnitude, sr=SAMPLE_RATE_HZ, centroid=centroid),
        "contrast": feature.spectral_contrast(S=magnitude, sr=SAMPLE_RATE_HZ),
        "rolloff": feature.spectral_rolloff(S=magnitude, sr=SAMPLE_RATE_HZ),
    }


def statistics_over_time(values: np.ndarray) -> np.ndarray:
    """Summarise each dimension of a feature.

    Parameters
    ----------
    values : np.ndarray [shape=(d, frames)]

    Returns
    -------
    np.ndarray [shape=(7, d), dtype=float64]
        Mean, standard deviation, skewness, excess kurtosis, median, minimum and maximum. Sums are
        divided by the number of frames. Skewness and kurtosis are 0 if a dimension varies only by
        the rounding of float32.
    """
    values = values.astype(np.float64)
    mean = values.mean(axis=1, keepdims=True)
    deviation = values.std(axis=1, keepdims=True)
    varies = deviation > np.finfo(np.float32).eps * np.abs(mean)
    standardised = np.where(varies, values - mean, 0) / np.where(varies, deviation, 1)
    squares = standardised**2
    skewness = (squares * standardised).mean(axis=1)
    kurtosis = (squares**2).mean(axis=1) - 3 * varies[:, 0]
    return np.stack(
        [
            mean[:, 0],
            deviation[:, 0],
            skewness,
            kurtosis,
            np.median(values, axis=1),
            values.min(axis=1),
            values.max(axis=1),
        ]
    )


def clip_statistics(samples: np.ndarray) -> np.ndarray:
    """Describe a clip by 518 numbers: seven statistics of the 74 dimensions of its frames.

    Parameters and errors are those of `frame_features`.

    Returns
    -------
    np.ndarray [shape=(518,), dtype=float32]
        Sorted by feature, then by statistic, then by dimension.
    """
    features = frame_features(samples).values()
    statistics = [statistics_over_time(values).ravel() for values in features]
    return np.concatenate(statistics).astype(np.float32)


def describe_file(path: Path, excerpt: str = "start") -> np.ndarray:
    """Describe 30 seconds of an audio file; raise InputError if it can no longer be read."""
    try:
        return clip_statistics(decode(path, CLIP_DURATION_S, excerpt))
    except DecodeError as error:
        raise InputError(f"{path}: {error}; it was usable when its shard was made") from error
    except librosa.ParameterError as error:
        raise InputError(f"{path}: no librosa features ({error}); remove the clip") from error


def compile_once(lock: Path) -> None:
    """Compile librosa's functions with numba, or load them from its cache, one process at a time.

    Processes that are forked afterwards have the compiled functions in memory. Otherwise, some
    processes would write numba's cache while others load from it, which has caused a crash.

    Parameters
    ----------
    lock : Path
        Lock file for the jobs of a run; its folder must exist.
    """
    noise = np.random.default_rng(0).standard_normal(3 * SAMPLE_RATE_HZ)
    with locking(lock):
        clip_statistics(noise.astype(np.float32))


def main(argv: Sequence[str] | None = None) -> None:
    """Describe the labelled clips of a data set by statistics of librosa's features."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.embeddings.describe_librosa", description=main.__doc__
    )
    parser.add_argument("--clips", type=Path, required=True, help="manifest of the usable clips")
    parser.add_argument("--labels", type=Path, required=True, help="CSV clip_id,label,split")
    parser.add_argument(
        "--excerpt", choices=EXCERPTS, default="start", help="which 30 s of longer files"
    )
    parser.add_argument("--out", type=Path, required=True, help="npz to write")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes")
    args = parser.parse_args(argv)
    manifest = read_manifest(args.clips)
    # If the source is its own target, only the held-out songs have labels.
    manifest = manifest[manifest["clip_id"].isin(read_labels(args.labels)["clip_id"])]
    compile_once(args.labels.parent / ".numba.lock")
    # One thread per process: more take 1.5 times as long, and results depend on their number.
    with ProcessPoolExecutor(args.jobs, initializer=threadpool_limits, initargs=(1,)) as pool:
        described = pool.map(
            partial(describe_file, excerpt=args.excerpt), map(Path, manifest["path"])
        )
        clips = tqdm(described, total=len(manifest), desc="librosa", unit="clip", disable=None)
        embedding = np.stack(list(clips))
    write_features(args.out, manifest["clip_id"].to_list(), embedding)
    print(f"{args.out}: {len(embedding)} songs")


if __name__ == "__main__":
    stage.run(main)
