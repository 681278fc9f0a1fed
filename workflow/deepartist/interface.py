"""The package from Python: models that embed, libraries of songs, scores of features.

All of it can be had from `deepartist` itself, which imports it when it is first used.

>>> import deepartist as da
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soxr
import torch

from deepartist.config.settings import parse_settings
from deepartist.constants import CLIP_FRAMES, HOP_LENGTH, SAMPLE_RATE_HZ, SEGMENT_FRAMES
from deepartist.embeddings.embed_clips import embed_clips
from deepartist.library.derived import derive
from deepartist.library.search import find_by_words, find_similar
from deepartist.library.store import SIZES, Song, absolute, read_common, read_songs
from deepartist.mels.audio import DecodeError, decode
from deepartist.mels.clip import CLIP_DURATION_S, LONGEST_S, read_clip
from deepartist.mels.mel import log_mel
from deepartist.models.device import choose_device
from deepartist.models.known_models import load_any_model
from deepartist.models.weights import TrainedEncoder
from deepartist.process.errors import InputError
from deepartist.scores.outcomes import summarise_outcomes
from deepartist.scores.score_features import (
    divide_settings,
    retrieval_outcomes,
    song_outcomes,
    summary,
    whole_set,
)

Floats = npt.NDArray[np.float32]
Source = str | Path | npt.ArrayLike

SEGMENT_S = SEGMENT_FRAMES * HOP_LENGTH / SAMPLE_RATE_HZ


class Model:
    """A model that embeds sound, from `load`.

    Attributes
    ----------
    name : str
    sha256 : str
        Of its file of weights.
    """

    def __init__(self, trained: TrainedEncoder, name: str, sha256: str, device: torch.device):
        self.name, self.sha256 = name, sha256
        self._trained, self._device = trained, device

    def __repr__(self) -> str:
        return f"<Model {self.name}, sha256 {self.sha256[:12]}, on {self._device}>"

    def embed(
        self,
        source: Source,
        sample_rate_hz: float | None = None,
        *,
        excerpt: str = "middle",
        vectors: str = "embedding",
    ) -> Floats:
        """Embed a song: the mean over its segments of 3 seconds, as `deepartist embed` does.

        Parameters
        ----------
        source : path, or array_like [shape=(n,) or (channels, n)]
            An audio file, or samples with full scale 1.
        sample_rate_hz : float, optional
            Of samples.
        excerpt : str
            Which 30 seconds of something longer: ``start`` or ``middle``; or ``whole``, of a file
            at most 20 minutes.
        vectors : str
            ``embedding``, the last layer's output, or ``multilevel``, the maxima of all blocks.

        Returns
        -------
        np.ndarray [shape=(256,) or (768,), dtype=float32]

        Raises
        ------
        deepartist.mels.clip.UnusableClip
            A file cannot be used.
        ValueError
            Samples cannot be used.

        Examples
        --------
        >>> model = da.load("model")
        >>> model.embed("song.flac").shape
        (256,)
        >>> samples, sample_rate_hz = soundfile.read("song.flac")
        >>> model.embed(samples, sample_rate_hz, vectors="multilevel").shape
        (768,)
        """
        if isinstance(source, str | Path):
            frames = read_clip(Path(source), excerpt)
        else:
            samples = _to_mono(source, sample_rate_hz)
            wanted = round(CLIP_DURATION_S * SAMPLE_RATE_HZ)
            if excerpt == "middle":
                start = max(0, (len(samples) - wanted) // 2)
                samples = samples[start:]
            if excerpt == "whole":
                frames = log_mel(samples).astype(np.float16)
            else:
                frames = log_mel(samples[:wanted])[:CLIP_FRAMES].astype(np.float16)
        embedding, multilevel = embed_clips(self._trained, [frames], self._device)
        chosen: Floats = {"embedding": embedding, "multilevel": multilevel}[vectors][0]
        return chosen

    def embed_segments(
        self, source: Source, sample_rate_hz: float | None = None
    ) -> tuple[Floats, npt.NDArray[np.float64]]:
        """Embed all whole segments of 3 seconds of a file or of samples, one after the other.

        Parameters
        ----------
        source, sample_rate_hz
            As in `embed`. Of a file, at most the first 20 minutes are read.

        Returns
        -------
        vectors : np.ndarray [shape=(n, 256), dtype=float32]
        times_s : np.ndarray [shape=(n,), dtype=float64]
            Where each segment starts.

        Raises
        ------
        ValueError
            The file or the samples cannot be used.

        Examples
        --------
        >>> vectors, times_s = da.load("model").embed_segments("song.flac")
        >>> vectors.shape
        (4, 256)
        >>> times_s.round(2).tolist()
        [0.0, 3.0, 5.99, 8.99]
        """
        if isinstance(source, str | Path):
            try:
                samples = decode(Path(source), LONGEST_S)
            except DecodeError as error:
                raise ValueError(f"{source}: {error}") from error
        else:
            samples = _to_mono(source, sample_rate_hz)
        if 1 + len(samples) // HOP_LENGTH < SEGMENT_FRAMES:
            raise ValueError(f"too short: {len(samples) / SAMPLE_RATE_HZ:.2f} s")
        frames = log_mel(samples).astype(np.float16)
        n = len(frames) // SEGMENT_FRAMES
        parts = [frames[k * SEGMENT_FRAMES : (k + 1) * SEGMENT_FRAMES] for k in range(n)]
        vectors, _ = embed_clips(self._trained, parts, self._device)
        return vectors, np.arange(n, dtype=np.float64) * SEGMENT_S


def load(name: str | Path, device: str = "auto") -> Model:
    """Load a model.

    Parameters
    ----------
    name : str or Path
        Folder of a trained model, a Keras file of the authors, or the name of one of theirs, which
        is downloaded once, such as ``authors-siamese-10000``.
    device : str
        ``auto``, ``cpu`` or ``cuda``.

    Raises
    ------
    InputError
        There is no such model, or it cannot be read.

    Examples
    --------
    >>> da.load("model", device="cpu").name
    'examples/model'
    """
    model = load_any_model(str(name))
    chosen = choose_device(device)
    model.trained.encoder.to(chosen)
    return Model(model.trained, model.name, model.sha256, chosen)


class Library:
    """A library of songs that `deepartist index` made.

    Attributes
    ----------
    songs : list of Song
        In the order of `vectors`.
    vectors : dict of str to np.ndarray
        ``embedding`` (n, 256), ``multilevel``, ``balanced`` and ``adapted`` (n, 768), float32, of
        unit length. The last two are made of the multilevel vectors of all songs of the library,
        adapted ones so that its artists are told apart.

    Raises
    ------
    InputError
        There is no library, or it cannot be read.

    Examples
    --------
    >>> library = da.Library("library")
    >>> len(library)
    6
    >>> library.vectors["embedding"].shape
    (6, 256)
    """

    def __init__(self, folder: str | Path):
        self.songs, self.vectors = read_songs(Path(folder))
        self._common = read_common(Path(folder))

    def __len__(self) -> int:
        return len(self.songs)

    def similar(
        self,
        query: str | Path | npt.ArrayLike,
        n: int = 20,
        *,
        max_per_artist: int | None = 2,
        vectors: str = "balanced",
    ) -> list[tuple[Song, float]]:
        """Find the songs that are most similar to a song or to a vector.

        Parameters
        ----------
        query : path, words or array_like [shape=(d,)]
            A file of the library, words of artist, title, album or path that name one song, or a
            vector by the library's model, for ``balanced`` and ``adapted`` a multilevel one.
        n : int
        max_per_artist : int, optional
        vectors : str
            ``embedding``, ``multilevel``, ``balanced`` or ``adapted``; what is compared.

        Returns
        -------
        list of (Song, cosine similarity)
            The most similar first.

        Raises
        ------
        InputError
            No song has the words, or several have.

        Examples
        --------
        >>> library = da.Library("library")
        >>> found = library.similar("song 3", n=2, max_per_artist=1)
        >>> for song, similarity in found:
        ...     assert song.title != "Song 3" and similarity <= 1
        >>> vector = da.load("model").embed("song.flac", vectors="multilevel")
        >>> len(library.similar(vector, n=4))
        4
        """
        units = self.vectors[vectors]
        rows: list[int] = []
        if isinstance(query, str | Path):
            rows = [self._find(query)]
            vector = units[rows[0]]
        else:
            vector = np.asarray(query, np.float32)
            if vectors not in SIZES:
                vector = derive(vector[None], self._common)[vectors][0]
        found = find_similar(
            self.songs, units, vector, n, without=rows, max_per_artist=max_per_artist
        )
        return [(self.songs[match.row], match.similarity) for match in found]

    def _find(self, query: str | Path) -> int:
        path = str(absolute(Path(query)))
        rows = [row for row, song in enumerate(self.songs) if song.path == path]
        rows = rows or find_by_words(self.songs, str(query))
        if len(rows) != 1:
            raise InputError(f"'{query}': {len(rows)} songs of the library have these words")
        return rows[0]


def evaluate(
    features: npt.ArrayLike,
    labels: Sequence[str],
    split: Sequence[str] | None = None,
    artists: Sequence[str] | None = None,
    **settings: Any,
) -> Mapping[str, Mapping[str, Any]]:
    """Score features, as `deepartist evaluate` does.

    Parameters
    ----------
    features : array_like [shape=(n, d)]
    labels : sequence of str
    split : sequence of str, optional
        ``train``, ``valid`` or ``test`` of each song; without it, retrieval alone is scored.
    artists : sequence of str, optional
        With them, intervals resample artists and their songs.
    **settings
        Keys of the block `evaluation` of the config.

    Returns
    -------
    mapping of str to mapping
        Such as ``map``, ``knn``, ``softmax`` and ``logistic``, each with value, ci_low, ci_high, n.

    Examples
    --------
    >>> features = [[1, 0], [1, 0.1], [0, 1], [0.1, 1]]
    >>> scores = da.evaluate(features, ["rock", "rock", "jazz", "jazz"])
    >>> scores["map"]["value"]
    1.0
    """
    words = [f"{key}={value}" for key, value in settings.items()]
    of_tasks, of_intervals = divide_settings(
        parse_settings(words, "evaluation", {"neighbours": "auto"})
    )
    embedding, of_songs = np.asarray(features, np.float32), np.asarray(labels, str)
    singers = None if artists is None else np.asarray(artists, str)
    if split is None:
        outcomes = retrieval_outcomes(embedding, of_songs, singers)
    else:
        parts = np.asarray(split, str)
        outcomes = whole_set(song_outcomes(embedding, of_songs, parts, singers, **of_tasks))
    return summary(summarise_outcomes(outcomes, singers, **of_intervals))


def _to_mono(source: npt.ArrayLike, sample_rate_hz: float | None) -> Floats:
    """Average channels and resample to 22,050 Hz.

    Raises
    ------
    ValueError
        No rate is given, samples have a wrong shape or are not finite, or are too short.
    """
    if sample_rate_hz is None or not sample_rate_hz > 0:
        raise ValueError("sample_rate_hz: give the sample rate of the samples, in Hz")
    samples = np.asarray(source, np.float32)
    if samples.ndim not in (1, 2) or 0 in samples.shape:
        raise ValueError(f"samples have shape {samples.shape}, not (n,) or (channels, n)")
    if not np.isfinite(samples).all():
        raise ValueError("samples are not finite")
    mono = samples if samples.ndim == 1 else samples.mean(axis=0)
    resampled: Floats = soxr.resample(mono, sample_rate_hz, SAMPLE_RATE_HZ, quality="HQ")
    if 1 + len(resampled) // HOP_LENGTH < SEGMENT_FRAMES:
        raise ValueError(f"too short: {len(resampled) / SAMPLE_RATE_HZ:.2f} s")
    return resampled
