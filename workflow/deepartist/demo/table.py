"""A demo corpus of Korean-like genres as a CSV table of clips without a split."""

import csv
import io
from typing import Any

from deepartist.demo.clips import Clip, Corpus, derive_seed, spread_artists
from deepartist.demo.names import draw_artist_name, draw_title
from deepartist.demo.synthesiser.styles import TABLE_GENRES

SONGS_PER_ARTIST = 1.25  # intervals are over artists
# Texts that are hard for CSV readers (commas, quotes, Korean): names of the first artist and titles
# of the first song of a genre.
ARTIST_NAMES = {"Ballad": "은하수", "Trot": "남산 트리오", "Rock": 'The "Late", Late Band'}
TITLES = {"Ballad": "봄날의 편지", "Kids": "나비야, 안녕", "Rock": 'Louder, "Please"'}


def plan(dataset: str, settings: dict[str, Any]) -> Corpus:
    """Plan ``clips.csv`` (columns path, artist, title, genre) and ``clips/*.flac``.

    The format is FLAC, because it is written faster than MP3 and, unlike Ogg, always with the same
    bytes.

    Parameters
    ----------
    dataset : str
        Name of the data set; the seeds are derived from it.
    settings : dict
        `demo_songs`: songs per genre.

    Returns
    -------
    Corpus
    """
    corpus = Corpus()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["path", "artist", "title", "genre"])
    for genre, style in TABLE_GENRES.items():
        for song, artist in enumerate(spread_artists(settings["demo_songs"], SONGS_PER_ARTIST)):
            artist_seed = derive_seed(dataset, "table", genre, artist)
            song_seed = derive_seed(dataset, "table", genre, artist, song)
            path = f"clips/{genre.lower()}-{song + 1:03d}.flac"
            name = ARTIST_NAMES.get(genre) if artist == 0 else None
            title = TITLES.get(genre) if song == 0 else None
            writer.writerow(
                [path, name or draw_artist_name(artist_seed), title or draw_title(song_seed), genre]
            )
            corpus.clips.append(Clip(path, style, artist_seed, song_seed))
    corpus.lists["clips.csv"] = text.getvalue().encode()
    return corpus
