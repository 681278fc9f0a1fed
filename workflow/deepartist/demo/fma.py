"""A demo corpus in the format of FMA: ``tracks.csv`` and clips by track id, two of them broken."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from deepartist.demo.clips import Clip, Corpus, derive_seed, divide, spread_artists
from deepartist.demo.names import draw_artist_name, draw_title
from deepartist.demo.synthesiser.styles import FMA_GENRES
from deepartist.demo.synthesiser.synth import DURATION_S

SPLITS = ("training", "validation", "test")
VALIDATION_AND_TEST = (0.1, 0.4)  # FMA's are a tenth each, which is too few songs here
SONGS_PER_ARTIST = 1.25  # intervals are over artists
STEREO_EVERY = 8  # every eighth clip: FMA's clips differ in sample rate and channels
HIGHEST_TRACK_ID = 155_320
BROKEN_DURATIONS_S = (0.0, 1.0)  # FMA small has six broken clips
COLUMNS = (
    ("album", "id"),
    ("album", "title"),
    ("artist", "id"),
    ("artist", "name"),
    ("set", "split"),
    ("set", "subset"),
    ("track", "duration"),
    ("track", "genre_top"),
    ("track", "title"),
)


def plan(dataset: str, settings: dict[str, Any]) -> Corpus:
    """Plan ``fma_metadata/tracks.csv`` and ``fma_<subset>/NNN/NNNNNN.mp3``.

    Parameters
    ----------
    dataset : str
        Name of the data set; the seeds are derived from it.
    settings : dict
        `demo_songs`: songs per genre; `subset`: which FMA subset.

    Returns
    -------
    Corpus
        No artist is in two parts of the split. The training part has two additional clips that
        cannot be used: one is an empty file and one lasts a second.
    """
    subset = settings["subset"]
    songs = _list_songs(settings["demo_songs"])
    rng = np.random.default_rng(derive_seed(dataset, "fma", "track ids"))
    # Ascending in the order of the table, as in FMA.
    track_ids = np.sort(rng.choice(np.arange(2, HIGHEST_TRACK_ID), len(songs), replace=False))
    corpus = Corpus()
    rows: list[list[object]] = []
    for index, (genre, artist, split, duration_s) in enumerate(songs):
        number = f"{track_ids[index]:06d}"
        artist_seed = derive_seed(dataset, "fma", genre, artist)
        clip = Clip(
            path=f"fma_{subset}/{number[:3]}/{number}.mp3",
            style=FMA_GENRES[genre],
            artist_seed=artist_seed,
            song_seed=derive_seed(dataset, "fma", genre, artist, index),
            stereo=index % STEREO_EVERY == 0,
            duration_s=duration_s,
        )
        corpus.clips.append(clip)
        values = {
            # -1: unknown, as in FMA
            ("album", "id"): artist_seed % 9973 if index % 10 else -1,
            ("album", "title"): draw_title(artist_seed) if index % 10 else "",
            ("artist", "id"): artist_seed % 1_000_003,
            ("artist", "name"): draw_artist_name(artist_seed),
            ("set", "split"): split,
            ("set", "subset"): subset,
            ("track", "duration"): 120 + clip.song_seed % 240,
            ("track", "genre_top"): genre,
            ("track", "title"): draw_title(clip.song_seed),
        }
        rows.append([track_ids[index], *(values[column] for column in COLUMNS)])
    corpus.lists["fma_metadata/tracks.csv"] = _format_table(rows)
    return corpus


def _list_songs(songs_per_genre: int) -> list[tuple[str, int, str, float]]:
    """List the songs as (genre, number of the artist, split, duration in s)."""
    songs = []
    for genre in FMA_GENRES:
        first = 0
        sizes = divide(songs_per_genre, VALIDATION_AND_TEST)
        for split, size in zip(SPLITS, sizes, strict=True):
            artists = spread_artists(size, SONGS_PER_ARTIST, first)
            songs += [(genre, artist, split, DURATION_S) for artist in artists]
            first = max(artists, default=first - 1) + 1
    broken = [
        (genre, 0, SPLITS[0], duration_s)
        for genre, duration_s in zip(FMA_GENRES, BROKEN_DURATIONS_S, strict=False)
    ]
    return songs + broken


def _format_table(rows: Sequence[Sequence[object]]) -> bytes:
    """Write the table in FMA's format: two header rows, and a third that names the index."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["", *(group for group, _ in COLUMNS)])
    writer.writerow(["", *(name for _, name in COLUMNS)])
    writer.writerow(["track_id", *("" for _ in COLUMNS)])
    writer.writerows(rows)
    return text.getvalue().encode()
