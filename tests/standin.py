"""Stand-ins for the real data sets at the paper's size: lists and file names, but no sound."""

import csv
import pickle
from pathlib import Path

import numpy as np

from deepartist.datasets.fma import COLUMNS as FMA_COLUMNS
from deepartist.datasets.gtzan import FAULT_FILTERED, list_clips

ARTISTS, SONGS_PER_ARTIST = 10_000, 20
# Songs with tags; as in the real lists, some of them are by artists of the artist list.
TAGGED_TRAIN, TAGGED_TEST, TAGGED_BY_LISTED_ARTISTS = 100_000, 10_000, 40_000
TAGS = 50
FMA_GENRES, FMA_SONGS = 8, 8_000
FMA_SPLIT = ("training",) * 8 + ("validation", "test")
TABLE_GENRES, TABLE_SONGS = 8, 8_000


def write_standin(folder: Path) -> dict[str, str]:
    """Write the stand-in data sets.

    Parameters
    ----------
    folder : Path
        An existing folder to write them to.

    Returns
    -------
    dict of str to str
        The environment variables of ``configs/paper.yaml``, with the paths that they stand for.
    """
    places = {
        "MSD": folder / "msd",
        "MSD_LISTS": folder / "msd_lists",
        "GTZAN": folder / "gtzan",
        "FMA": folder / "fma",
        "NAVER": folder / "naver.csv",
    }
    places["MSD"].mkdir()
    _write_msd_lists(places["MSD_LISTS"])
    _write_gtzan(places["GTZAN"])
    _write_fma(places["FMA"])
    _write_table(places["NAVER"])
    return {name: str(path) for name, path in places.items()}


def _write_msd_lists(folder: Path) -> None:
    rng = np.random.default_rng(0)
    n_listed = ARTISTS * SONGS_PER_ARTIST
    n_tagged = TAGGED_TRAIN + TAGGED_TEST
    n_songs = n_listed + n_tagged - TAGGED_BY_LISTED_ARTISTS
    clip_ids = [str(number) for number in range(1_000_000, 1_000_000 + n_songs)]
    track_ids = [f"TRAAAAA{number:011X}" for number in range(n_songs)]
    # Songs are numbered artist by artist; those outside the artist list come last.
    tagged = np.concatenate(
        [rng.permutation(n_listed)[:TAGGED_BY_LISTED_ARTISTS], np.arange(n_listed, n_songs)]
    )
    tagged = [track_ids[song] for song in rng.permutation(tagged)]
    vectors = rng.random((n_tagged, TAGS)) < 0.06
    vectors[np.arange(n_tagged), rng.integers(TAGS, size=n_tagged)] = True
    pickled = {
        "msd-artist-list.pkl": [
            f"{clip_ids[song]}/{song // SONGS_PER_ARTIST}/{song % SONGS_PER_ARTIST + 1}"
            for song in range(n_listed)
        ],
        "7D_id_to_path.pkl": {i: f"{i[0]}/{i[1]}/{i}.clip.mp3" for i in clip_ids},
        "MSD_id_to_7D_id.pkl": dict(zip(track_ids, clip_ids, strict=True)),
        "filtered_list_train.cP": tagged[:TAGGED_TRAIN],
        "filtered_list_test.cP": tagged[TAGGED_TRAIN:],
        "msd_id_to_tag_vector.cP": dict(zip(tagged, vectors, strict=True)),
    }
    folder.mkdir()
    for name, value in pickled.items():
        (folder / name).write_bytes(pickle.dumps(value, protocol=2))
    (folder / "50tagList.txt").write_text("".join(f"tag {n}\n" for n in range(TAGS)))
    (folder / "unique_tracks.txt").write_text(
        "".join(
            f"{track_id}<SEP>SO{song}<SEP>Artist {song // SONGS_PER_ARTIST}<SEP>Song {song}\n"
            for song, track_id in enumerate(track_ids)
        )
    )


def _write_gtzan(folder: Path) -> None:
    for _split, genre, number in list_clips(FAULT_FILTERED):
        path = folder / "genres" / genre / f"{genre}.{number:05d}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def _write_fma(folder: Path) -> None:
    (folder / "fma_small").mkdir(parents=True)
    (folder / "fma_metadata").mkdir()
    keys = list(FMA_COLUMNS)
    with (folder / "fma_metadata" / "tracks.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["", *(group for group, _ in keys)])
        table.writerow(["", *(column for _, column in keys)])
        table.writerow(["track_id", *("" for _ in keys)])
        for track_id in range(2, 2 + FMA_SONGS):
            artist = track_id // 4
            values = {
                ("artist", "id"): artist,
                ("artist", "name"): f"Artist {artist}",
                ("album", "id"): track_id // 2,
                ("track", "genre_top"): f"Genre {artist % FMA_GENRES}",
                ("track", "title"): f"Song {track_id}",
                ("set", "split"): FMA_SPLIT[artist % len(FMA_SPLIT)],
                ("set", "subset"): "small",
            }
            table.writerow([track_id, *(values[key] for key in keys)])


def _write_table(path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", "artist", "title", "genre"])
        for song in range(TABLE_SONGS):
            artist = song // 10
            genre = f"Genre {artist % TABLE_GENRES}"
            table.writerow([f"clips/{song:05d}.mp3", f"Artist {artist}", f"Song {song}", genre])
