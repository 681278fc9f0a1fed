"""A demo corpus in the format of the Million Song Dataset with its artist list and tags."""

import pickle
from typing import Any

import numpy as np

from deepartist.demo.clips import Clip, Corpus, derive_seed
from deepartist.demo.names import draw_artist_name, draw_title
from deepartist.demo.synthesiser.artists import draw_artist
from deepartist.demo.synthesiser.styles import SOURCE_STYLES
from deepartist.demo.synthesiser.synth import plan_song
from deepartist.demo.tags import TAGS, draw_tags

PICKLE_PROTOCOL = 2  # the published lists were written by Python 2
TRAIN_LIST_FRACTION = 0.9  # of the tagged songs; the others are in the test list
ARTISTS_PER_SHUFFLE = 64


def plan(dataset: str, settings: dict[str, Any]) -> Corpus:
    """Plan clips by 7digital id, the artist list and the tag lists.

    Parameters
    ----------
    dataset : str
        Name of the data set; the seeds are derived from it.
    settings : dict
        `demo_artists` and `demo_songs`: number of artists, and of songs of each artist.

    Returns
    -------
    Corpus
        All songs are in the artist list and have tags. A tag set leaves out the test songs of the
        tag lists and of the artist set, so the corpus needs a few more artists than an artist set
        if the tag set is to be as large.
    """
    artists, songs = settings["demo_artists"], settings["demo_songs"]
    rng = np.random.default_rng(derive_seed(dataset, "msd", "ids"))
    styles = _draw_styles(rng, artists)
    entries = [(index, song) for index in range(artists) for song in range(1, songs + 1)]
    clip_ids = [str(number) for number in _draw_distinct(rng, len(entries), 1_000_000, 9_999_999)]
    track_ids = [_format_id("TR", number) for number in _draw_distinct(rng, len(entries), 0, 2**62)]

    corpus = Corpus()
    tag_vectors, names = {}, []
    for (index, song), clip_id, track_id in zip(entries, clip_ids, track_ids, strict=True):
        clip = Clip(
            path=f"{clip_id[0]}/{clip_id[1]}/{clip_id}.clip.flac",  # MP3 takes longer to write
            style=styles[index],
            artist_seed=derive_seed(dataset, "msd", index),
            song_seed=derive_seed(dataset, "msd", index, song),
        )
        corpus.clips.append(clip)
        artist = draw_artist(clip.style, clip.artist_seed)
        song_plan = plan_song(artist, clip.song_seed)
        tag_vectors[track_id] = draw_tags(artist, song_plan, derive_seed(clip.song_seed, "tags"))
        song_id = _format_id("SO", derive_seed(clip.song_seed, "song id"))
        names.append(
            (track_id, song_id, draw_artist_name(clip.artist_seed), draw_title(clip.song_seed))
        )

    listed = [track_ids[index] for index in rng.permutation(len(track_ids))]
    n_train = round(TRAIN_LIST_FRACTION * len(listed))
    pickled = {
        "msd-artist-list.pkl": [
            f"{clip_id}/{index}/{song}"
            for (index, song), clip_id in zip(entries, clip_ids, strict=True)
        ],
        "7D_id_to_path.pkl": {
            clip_id: clip.path for clip_id, clip in zip(clip_ids, corpus.clips, strict=True)
        },
        "MSD_id_to_7D_id.pkl": dict(zip(track_ids, clip_ids, strict=True)),
        "filtered_list_train.cP": listed[:n_train],
        "filtered_list_test.cP": listed[n_train:],
        "msd_id_to_tag_vector.cP": tag_vectors,
    }
    corpus.lists = {
        name: pickle.dumps(value, protocol=PICKLE_PROTOCOL) for name, value in pickled.items()
    }
    corpus.lists["50tagList.txt"] = "".join(f"{tag}\n" for tag in TAGS).encode()
    corpus.lists["unique_tracks.txt"] = "".join(
        "<SEP>".join(fields) + "\n" for fields in names
    ).encode()
    return corpus


def _draw_styles(rng: np.random.Generator, artists: int) -> list[str]:
    """Draw the style of each artist in random order, so that the first n artists mix all styles.

    Styles are shuffled in blocks of fixed size, so that adding artists does not change the styles
    of the first ones.
    """
    styles: list[str] = []
    while len(styles) < artists:
        order = rng.permutation(ARTISTS_PER_SHUFFLE)
        styles += [SOURCE_STYLES[index % len(SOURCE_STYLES)] for index in order]
    return styles


def _draw_distinct(rng: np.random.Generator, count: int, low: int, high: int) -> list[int]:
    """Draw `count` different integers from `low` up to, but not including, `high`."""
    numbers: dict[int, None] = {}
    while len(numbers) < count:
        numbers[int(rng.integers(low, high))] = None
    return list(numbers)


def _format_id(prefix: str, number: int) -> str:
    """Write a number as an id such as TRAAAAW128F429D538: five letters and eleven hex digits."""
    letters, digits = number >> 44, number & (1 << 44) - 1
    text = "".join(chr(ord("A") + letters // 26**place % 26) for place in range(5))
    return f"{prefix}{text}{digits:011X}"
