"""A demo corpus in the format of GTZAN, with lists in the form of the fault-filtered ones."""

from typing import Any

import yaml

from deepartist.datasets.manifest import SPLITS
from deepartist.demo.clips import Clip, Corpus, derive_seed, divide, spread_artists
from deepartist.demo.synthesiser.styles import GTZAN_GENRES

VALID_AND_TEST = (0.2, 0.3)  # similar to the fault-filtered lists
SONGS_PER_ARTIST = 2.5


def plan(dataset: str, settings: dict[str, Any]) -> Corpus:
    """Plan ``genres/<genre>/<genre>.NNNNN.wav`` and ``lists.yaml``.

    Parameters
    ----------
    dataset : str
        Name of the data set; the seeds are derived from it.
    settings : dict
        `demo_songs`: songs per genre.

    Returns
    -------
    Corpus
        No artist is in two parts of the split.
    """
    corpus = Corpus()
    sizes = divide(settings["demo_songs"], VALID_AND_TEST)
    lists: dict[str, dict[str, str]] = {split: {} for split in SPLITS}
    for genre, style in GTZAN_GENRES.items():
        artists: list[int] = []
        for split, size in zip(SPLITS, sizes, strict=True):
            if size:
                lists[split][genre] = f"{len(artists)}-{len(artists) + size - 1}"
                first = artists[-1] + 1 if artists else 0
                artists += spread_artists(size, SONGS_PER_ARTIST, first)
        for number, artist in enumerate(artists):
            corpus.clips.append(
                Clip(
                    path=f"genres/{genre}/{genre}.{number:05d}.wav",
                    style=style,
                    artist_seed=derive_seed(dataset, "gtzan", genre, artist),
                    song_seed=derive_seed(dataset, "gtzan", genre, artist, number),
                )
            )
    corpus.lists["lists.yaml"] = yaml.safe_dump(lists, sort_keys=False).encode()
    return corpus
