"""The clips of a demo corpus: their songs and their audio files."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
import soundfile
import soxr

from deepartist.constants import SAMPLE_RATE_HZ
from deepartist.demo.synthesiser.artists import draw_artist
from deepartist.demo.synthesiser.synth import DURATION_S, render_song

MP3_BITS_PER_S = 64_000  # per channel
MP3_FASTEST = "9"  # LAME's compression level; the one that soundfile uses takes 1.5 times as long
STEREO_RATE_HZ = 44_100


@dataclass(frozen=True)
class Clip:
    """A song and its audio file.

    Parameters
    ----------
    path : str
        Relative to the corpus; the suffix gives the format.
    style : str
        Key of `STYLES`.
    artist_seed, song_seed : int
    stereo : bool
        Two channels at 44.1 kHz instead of one at 22.05 kHz.
    duration_s : float
        Duration of the file; 0: an empty file.
    """

    path: str
    style: str
    artist_seed: int
    song_seed: int
    stereo: bool = False
    duration_s: float = DURATION_S


@dataclass
class Corpus:
    """The clips and lists of a demo corpus.

    Parameters
    ----------
    clips : list of Clip
    lists : dict of str to bytes
        The other files: path relative to the corpus, and content.
    """

    clips: list[Clip] = field(default_factory=list)
    lists: dict[str, bytes] = field(default_factory=dict)


def derive_seed(*parts: str | int) -> int:
    """Derive a seed of 63 bits from some parts: it depends on all of them and on nothing else."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def spread_artists(songs: int, songs_per_artist: float, first: int = 0) -> list[int]:
    """Assign songs to artists, so that all artists have about the same number of songs.

    Parameters
    ----------
    songs : int
        Number of songs.
    songs_per_artist : float
        Desired mean number of songs of an artist.
    first : int
        Number of the first artist.

    Returns
    -------
    list of int
        The number of each song's artist, ascending.
    """
    artists = max(1, round(songs / songs_per_artist))
    return [first + song * artists // songs for song in range(songs)]


def divide(songs: int, fractions: Sequence[float]) -> list[int]:
    """Divide songs into parts; no part is empty if there are enough songs.

    Parameters
    ----------
    songs : int
        Number of songs.
    fractions : sequence of float
        Fractions of all parts except the first, which takes the remainder.

    Returns
    -------
    list of int
        Sizes of the parts. With fewer songs than parts, the last parts are empty.
    """
    sizes = [max(1, round(songs * fraction)) for fraction in fractions]
    while sum(sizes) >= songs and any(sizes):
        sizes[max(index for index, size in enumerate(sizes) if size)] -= 1
    return [songs - sum(sizes), *sizes]


def by_artist(clips: Iterable[Clip]) -> list[list[Clip]]:
    """Group clips by artist, so that the sounds of each artist are made only once."""
    groups: dict[tuple[str, int], list[Clip]] = {}
    for clip in clips:
        groups.setdefault((clip.style, clip.artist_seed), []).append(clip)
    return list(groups.values())


def write_clip(clip: Clip, folder: Path) -> None:
    """Render a clip and write its file below a folder; the same clip gives the same bytes."""
    path = folder / clip.path
    path.parent.mkdir(parents=True, exist_ok=True)
    if not clip.duration_s:
        path.touch()
        return
    samples = render_song(draw_artist(clip.style, clip.artist_seed), clip.song_seed)
    samples = samples[: round(clip.duration_s * SAMPLE_RATE_HZ)]
    if clip.stereo:
        samples = soxr.resample(samples, SAMPLE_RATE_HZ, STEREO_RATE_HZ, quality="LQ")
        samples = np.stack([samples, 0.85 * samples], axis=1)
    rate_hz = STEREO_RATE_HZ if clip.stereo else SAMPLE_RATE_HZ
    if path.suffix == ".mp3":
        _write_mp3(path, np.atleast_2d(samples.T), rate_hz)
    else:
        soundfile.write(path, samples, rate_hz, subtype="PCM_16")


def _write_mp3(path: Path, samples: np.ndarray, rate_hz: int) -> None:
    """Write samples (channels, n) of float32 as MP3."""
    layout = "stereo" if len(samples) == 2 else "mono"
    with av.open(str(path), "w", format="mp3") as container:
        stream = container.add_stream(
            "libmp3lame", rate=rate_hz, layout=layout, options={"compression_level": MP3_FASTEST}
        )
        stream.bit_rate = MP3_BITS_PER_S * len(samples)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples, np.float32), format="fltp", layout=layout
        )
        frame.sample_rate = rate_hz
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
