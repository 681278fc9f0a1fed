"""The Million Song Dataset with 7digital preview clips, its artist list and its tags.

The lists are those of the paper's authors (section 3.1): songs of the published artist list, and
songs with one of the 50 most used Last.fm tags.
"""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from deepartist.datasets import command
from deepartist.datasets.artist_list import artist_label, read_artist_list
from deepartist.datasets.clip_files import join_inside, list_present
from deepartist.datasets.lastfm import read_top_tags
from deepartist.datasets.manifest import build_manifest
from deepartist.datasets.tags import join_tags
from deepartist.files.pickles import load_pickle
from deepartist.process import stage
from deepartist.process.errors import InputError

NAMES_FILE = "unique_tracks.txt"
# filtered_list_train.cP has 213,454 ids: the first 201,680 are for training, the others for
# validation.
TRAIN_IDS, LISTED_IDS = 201_680, 213_454


def load(path: str, lists: str | None = None, lastfm: str | None = None) -> pd.DataFrame:
    """List the songs of the published artist list and the songs with tags.

    Songs whose clip is missing stay in the manifest. They are reported on stderr, as are artists
    who have fewer clips than songs in the artist list.

    Parameters
    ----------
    path : str
        Folder that the clip paths of ``7D_id_to_path.pkl`` start from. A clip that is not in this
        list is expected at the usual path, such as ``8/9/8947470.clip.mp3``.
    lists : str or None
        Folder of the published lists; None: they are in `path`. If it also holds the MSD's
        ``unique_tracks.txt``, artists' names and titles are read from that file.
    lastfm : str or None
        Last.fm's ``lastfm_tags.db``. If given, the tags of all songs with a clip path are read from
        it (`deepartist.datasets.lastfm`), and there is no split. None: tags and split are read from
        the published tag lists.

    Returns
    -------
    pd.DataFrame
        A manifest: `clip_id` is the 7digital id; `artist_id` is the artist's number in the artist
        list, empty for songs that are not in the list; `tags` and `split` are empty for songs
        without tags; `artist` and `title` are empty if ``unique_tracks.txt`` does not have them.

    Raises
    ------
    InputError
        A folder or list is missing, or a list is malformed.
    """
    clips = command.require(Path(path), "msd", "the folder of 7digital clips")
    folder = command.require(Path(lists or path), "msd", "the folder of artist and tag lists")
    path_of = _read_texts(folder, "7D_id_to_path.pkl")
    entries = read_artist_list(
        command.require(folder / "msd-artist-list.pkl", "msd", "the published artist list")
    )
    clip_id_of = _read_texts(folder, "MSD_id_to_7D_id.pkl")
    songs: dict[str, dict[str, str]] = {}  # by clip_id
    for clip_id, artist_index, _song_index in entries:
        songs.setdefault(clip_id, {"artist_id": artist_label(artist_index)})
    tagged: Iterable[tuple[str, str, str]]
    if lastfm is None:
        tagged = _read_tagged_songs(folder, clip_id_of)
    else:
        with_path = {track: clip_id for track, clip_id in clip_id_of.items() if clip_id in path_of}
        tagged = ((c, tags, "") for c, tags in read_top_tags(Path(lastfm), with_path).items())
    for clip_id, tags, split in tagged:
        if "split" not in songs.setdefault(clip_id, {}):
            songs[clip_id] |= {"tags": tags, "split": split}
    for clip_id, artist, title in _read_names(folder / NAMES_FILE, clip_id_of, songs):
        songs[clip_id] |= {"artist": artist, "title": title}
    where = str(folder / "7D_id_to_path.pkl")
    for clip_id, song in songs.items():
        song["path"] = join_inside(clips, path_of.get(clip_id, _usual_path(clip_id)), where)
    _report_missing(songs)
    return build_manifest({"clip_id": clip_id, **song} for clip_id, song in songs.items())


def _report_missing(songs: Mapping[str, Mapping[str, str]]) -> None:
    """Report the songs whose clip is missing, and the artists who therefore have fewer clips."""
    present = list_present(song["path"] for song in songs.values())
    missing = [clip_id for clip_id, song in songs.items() if song["path"] not in present]
    command.report("song", "without a clip", missing)
    artist_of = {
        clip_id: song["artist_id"] for clip_id, song in songs.items() if "artist_id" in song
    }
    n_listed = Counter(artist_of.values())
    n_missing = Counter(artist_of[clip_id] for clip_id in missing if clip_id in artist_of)
    command.report(
        "artist",
        "with fewer clips than songs in the artist list",
        [
            f"{artist} ({n_listed[artist] - n} of {n_listed[artist]})"
            for artist, n in n_missing.items()
        ],
    )


def _read_tagged_songs(
    folder: Path, clip_id_of: Mapping[str, str]
) -> Iterable[tuple[str, str, str]]:
    """Yield the clip_id, tags and split of each song of the tag lists that has tags."""
    tag_names = _read_tag_names(folder)
    vector_of = _read_list(folder, "msd_id_to_tag_vector.cP", dict)
    listed = _read_ids(folder, "filtered_list_train.cP")
    n_train = len(listed) * TRAIN_IDS // LISTED_IDS
    parts = {
        "train": listed[:n_train],
        "valid": listed[n_train:],
        "test": _read_ids(folder, "filtered_list_test.cP"),
    }
    untagged = []
    for split, track_ids in parts.items():
        for track_id in track_ids:
            tags = _name_tags(vector_of.get(track_id, ()), tag_names, folder)
            if tags:
                yield clip_id_of.get(track_id, track_id), tags, split
            else:
                untagged.append(track_id)
    command.report("song", "of the tag lists left out, without a tag", untagged)


def _read_names(
    path: Path, clip_id_of: Mapping[str, str], wanted: Container[str]
) -> Iterable[tuple[str, str, str]]:
    """Yield the clip_id, artist and title of each wanted song of ``unique_tracks.txt``.

    Its lines are ``track id<SEP>song id<SEP>artist<SEP>title`` in UTF-8; other lines are left out
    and reported.
    """
    if not path.is_file():
        return
    malformed = []
    # Read as bytes, because text mode could break a line in two: titles may contain any white
    # space.
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                encoding = "utf-8-sig" if number == 1 else "utf-8"
                track_id, _song_id, artist, title = line.decode(encoding).split("<SEP>")
            except ValueError:  # another number of fields, or not UTF-8
                malformed.append(f"line {number}")
                continue
            clip_id = clip_id_of.get(track_id, track_id)
            if clip_id in wanted:
                yield clip_id, artist, title
    command.report("line", f"of {path} left out, without four fields in UTF-8", malformed)


def _name_tags(vector: Any, tag_names: Sequence[str], folder: Path) -> str:
    """Return the names of the tags whose entry in a song's tag vector is not zero."""
    if not isinstance(vector, np.ndarray):
        is_flat = all(isinstance(value, int | float | np.generic) for value in vector)
        vector = np.array(vector if is_flat else ["nested"])
    present = np.ravel(vector)
    if len(present) not in (0, len(tag_names)) or present.dtype.kind not in "biuf":
        raise InputError(
            f"{folder / 'msd_id_to_tag_vector.cP'}: a vector has {len(present)} values "
            f"({present.dtype}); one number for each of the {len(tag_names)} tags of "
            "50tagList.txt is expected"
        )
    return join_tags(tag_names[int(index)] for index in np.flatnonzero(present))


def _read_tag_names(folder: Path) -> list[str]:
    path = command.require_file(
        folder / "50tagList.txt", "msd", "the names of the tags, one per line"
    )
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not text in UTF-8 ({error})") from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def _read_texts(folder: Path, name: str) -> dict[str, str]:
    """Read a dict from ids to ids or paths; numbers become text."""
    path = folder / name
    pairs = _read_list(folder, name, dict).items()
    return {_as_text(key, path): _as_text(value, path) for key, value in pairs}


def _read_ids(folder: Path, name: str) -> list[str]:
    return [_as_text(value, folder / name) for value in _read_list(folder, name, list)]


def _as_text(value: object, path: Path) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | np.integer) and abs(int(value)) < 2**63:
        return str(value)
    raise InputError(f"{path}: holds a {type(value).__name__} where an id or a path is expected")


def _read_list(folder: Path, name: str, kind: type) -> Any:
    """Read a published list, which must be of type `kind`."""
    path = command.require(folder / name, "msd", f"the published list {name}")
    value = load_pickle(path)
    if not isinstance(value, kind):
        raise InputError(f"{path}: is a {type(value).__name__}; a {kind.__name__} is expected")
    return value


def _usual_path(clip_id: str) -> str:
    return f"{clip_id[:1]}/{clip_id[1:2]}/{clip_id}.clip.mp3"


def main(argv: Sequence[str] | None = None) -> None:
    """Write the manifest."""
    settings, manifest_path = command.parse_arguments("msd", argv)
    command.save(load(settings["path"], settings["lists"], settings["lastfm"]), manifest_path)


if __name__ == "__main__":
    stage.run(main)
