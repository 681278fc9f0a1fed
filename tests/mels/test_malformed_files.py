"""Two thousand malformed files: each a clear error or a recorded failure.

Whole files of every kind are cut at every tenth of their length, have bytes flipped, are emptied,
or hold what belongs in a file of another kind. Whatever reads them may refuse them in one line, or
read what is left; it may not fail in another way, hang or crash. Readers work in a process of their
own, so that a crash within a library would be seen as one.
"""

import multiprocessing
import pickle
import resource
import sqlite3
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deepartist.config.run import resolve_config
from deepartist.datasets import fma, gtzan, jamendo, library, magnatagatune, msd, table
from deepartist.datasets.manifest import build_manifest, read_manifest, write_manifest
from deepartist.embeddings.features import read_features, write_features
from deepartist.mels.clip import UnusableClip, read_clip
from deepartist.process.errors import InputError
from deepartist.splits.labels import read_labels
from sounds import make_glide, write_sound

pytestmark = pytest.mark.slow
PATIENCE_S = 30  # for a single file; most take milliseconds
ADDRESSES_BYTES = 3 * 2**30  # libraries take the first half gigabyte
RATE_HZ = 22_050

SOUNDS = [
    f"sounds/song.{suffix}"
    for suffix in ("wav", "au", "aiff", "flac", "ogg", "mp3", "m4a", "aac", "opus", "wma")
]
PROCESSES = multiprocessing.get_context("spawn")  # without what other tests have loaded

# ---------------------------------------------------------------- whole files


def write_wholes(folder: Path) -> None:
    """Write a tree with a whole file of every kind."""
    sounds = folder / "sounds"
    sounds.mkdir()
    for name in SOUNDS:
        write_sound(folder / name, make_glide(RATE_HZ, 3.2), RATE_HZ)

    ids = [f"TRAAAAA00000000000{n}" for n in range(4)]
    lists = {
        "msd-artist-list.pkl": [f"{n}/0/{n + 1}" for n in range(4)],
        "7D_id_to_path.pkl": {str(n): f"{n}.mp3" for n in range(4)},
        "MSD_id_to_7D_id.pkl": dict(zip(ids, map(str, range(4)), strict=True)),
        "filtered_list_train.cP": ids[:3],
        "filtered_list_test.cP": ids[3:],
        "msd_id_to_tag_vector.cP": {i: np.array([True, False]) for i in ids},
    }
    (folder / "msd").mkdir()
    for name, value in lists.items():
        (folder / "msd" / name).write_bytes(pickle.dumps(value, protocol=2))
    (folder / "msd" / "50tagList.txt").write_text("rock\npop\n")
    (folder / "msd" / "unique_tracks.txt").write_text(
        "".join(f"{i}<SEP>SO{i}<SEP>An artist<SEP>A title\n" for i in ids)
    )
    database = sqlite3.connect(folder / "lastfm_tags.db")
    database.executescript(
        "CREATE TABLE tids (tid TEXT); CREATE TABLE tags (tag TEXT);"
        "CREATE TABLE tid_tag (tid INT, tag INT, val FLOAT);"
    )
    database.executemany("INSERT INTO tids VALUES (?)", [(i,) for i in ids])
    database.executemany("INSERT INTO tags VALUES (?)", [("rock",), ("pop",)])
    database.executemany("INSERT INTO tid_tag VALUES (?, ?, 100)", [(n, n % 2 + 1) for n in (1, 2)])
    database.commit()
    database.close()

    metadata = folder / "fma" / "fma_metadata"
    metadata.mkdir(parents=True)
    (folder / "fma" / "fma_small").mkdir()
    (metadata / "tracks.csv").write_text(
        ",artist,artist,album,track,track,track,set,set\n"
        ",id,name,id,genre_top,genres,title,split,subset\n"
        "track_id,,,,,,,,\n"
        + "".join(
            f'{n},{n},Name {n},{n},Rock,"[12, 45]",Title,training,small\n' for n in range(2, 8)
        )
    )
    (metadata / "genres.csv").write_text(
        "genre_id,#tracks,parent,title,top_level\n12,9,0,Rock,12\n45,3,12,Loud-Rock,12\n"
    )
    numbers = {"": range(1, 5), "-train": [1, 2], "-validation": [3], "-test": [4]}
    for part, tracks in numbers.items():
        (folder / f"jamendo{part}.tsv").write_text(
            "\t".join(jamendo.HEADER)
            + "\n"
            + "".join(
                f"track_{n}\tartist_{n}\talbum_{n}\t01/{n}.mp3\t99.5\tgenre---rock\tmood---x\n"
                for n in tracks
            )
        )
    (folder / "raw.meta.tsv").write_text(
        "\t".join(jamendo.NAMES_HEADER)
        + "\ntrack_1\tartist_1\talbum_1\tA title\tA name\tAn album\t2020-01-01\t/\n"
    )
    (folder / "jamendo" / "01").mkdir(parents=True)
    (folder / "jamendo" / "01" / "1.mp3").touch()
    magna = folder / "magnatagatune"
    (magna / "0").mkdir(parents=True)
    (magna / "0" / "a-0-29.mp3").touch()
    for n, part in enumerate(("train", "valid", "test")):
        listed = [b"0/a-0-29.npy", b"0/b-0-29.npy"] if n == 0 else [f"{n}/c-0-29.npy".encode()]
        (magna / f"{part}_list_pub.cP").write_bytes(pickle.dumps(listed, protocol=0))
        np.save(magna / f"y_{part}_pub.npy", np.eye(2)[: len(listed)])
    (magna / "top50_tags.txt").write_text("guitar\nslow\n")
    (magna / "clip_info_final.csv").write_text(
        '"clip_id"\t"title"\t"artist"\t"album"\t"mp3_path"\n"1"\t"T"\t"A"\t"B"\t"0/a-0-29.mp3"\n'
    )
    songs = pd.DataFrame({"path": [f"{n}.mp3" for n in range(4)], "genre": list("aabb")})
    songs.to_csv(folder / "songs.csv", index=False)
    songs.to_parquet(folder / "songs.parquet")
    (folder / "gtzan" / "blues").mkdir(parents=True)
    (folder / "gtzan" / "blues" / "blues.00000.wav").touch()
    (folder / "lists.yaml").write_text("train: {blues: 0-3}\nvalid: {blues: 4}\ntest: {blues: 5}\n")
    (folder / "config.yaml").write_text(
        "datasets: {songs: {kind: msd, demo_songs: 2}}\nsource: songs\n"
        "targets: {songs: {held_out: true}}\n"
    )
    write_features(folder / "features.npz", ["1", "2", "3"], np.eye(3))
    (folder / "labels.csv").write_text("clip_id,label,split\n1,a,train\n2,a,valid\n3,b,test\n")
    write_manifest(build_manifest([{"clip_id": "1", "path": "x.mp3"}]), folder / "manifest.csv")


# ---------------------------------------------------------------- who reads them


def read_library(path: Path) -> None:
    library.load(str(path.parent))


def read_msd(path: Path, **settings) -> None:
    msd.load(str(path.parent), **settings)


def read_lastfm(path: Path) -> None:
    msd.load(str(path.parent / "msd"), lastfm=str(path))


def read_jamendo(path: Path) -> None:
    folder = path.parent
    jamendo.load(str(folder / "jamendo"), str(folder / "jamendo.tsv"), str(folder))


def read_config(path: Path) -> None:
    try:
        config = yaml.safe_load(path.read_bytes())
    except yaml.YAMLError:
        return  # Snakemake's own words
    resolve_config(config, path.parent, path.parent)


LISTS = {
    f"msd/{name}": read_msd
    for name in (
        *("msd-artist-list.pkl", "7D_id_to_path.pkl", "MSD_id_to_7D_id.pkl"),
        *("filtered_list_train.cP", "filtered_list_test.cP", "msd_id_to_tag_vector.cP"),
        *("50tagList.txt", "unique_tracks.txt"),
    )
}
MAGNATAGATUNE = (
    *("train_list_pub.cP", "valid_list_pub.cP", "test_list_pub.cP"),
    *("y_train_pub.npy", "y_valid_pub.npy", "y_test_pub.npy"),
    *("top50_tags.txt", "clip_info_final.csv"),
)
READERS = {
    **dict.fromkeys(SOUNDS, partial(read_clip, excerpt="middle")),  # or else the start
    **LISTS,
    **{
        f"magnatagatune/{name}": lambda path: magnatagatune.load(str(path.parent))
        for name in MAGNATAGATUNE
    },
    "lastfm_tags.db": read_lastfm,
    "fma/fma_metadata/tracks.csv": lambda path: fma.load(str(path.parents[1])),
    "fma/fma_metadata/genres.csv": lambda path: fma.load(str(path.parents[1])),
    "jamendo.tsv": read_jamendo,
    "raw.meta.tsv": read_jamendo,
    "jamendo-train.tsv": read_jamendo,
    "songs.csv": lambda path: table.load(str(path)),
    "songs.parquet": lambda path: table.load(str(path)),
    "lists.yaml": lambda path: gtzan.load(str(path.parent / "gtzan"), str(path)),
    "config.yaml": read_config,
    "features.npz": read_features,
    "labels.csv": read_labels,
    "manifest.csv": read_manifest,
}
TAGGED = [name for name in SOUNDS if not name.endswith((".au", ".aac"))]


def read(name: str, folder: Path, *, as_library: bool) -> str:
    """Read the file that now is in the place of a whole one, and say what is wrong with that."""
    try:
        (read_library if as_library else READERS[name])(folder / name)
    except (InputError, UnusableClip) as error:
        causes = (error.__cause__, getattr(error.__cause__, "__cause__", None))
        if any(isinstance(cause, MemoryError) for cause in causes):
            return "it takes too much memory"
        message = str(error)
        return "" if message and "\n" not in message else f"not one line: {message!r}"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return ""


def serve(connection: Connection, folder: Path) -> None:
    """Read one file after the other, and answer."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES_BYTES, ADDRESSES_BYTES))
    while True:
        name, as_library = connection.recv()
        connection.send(read(name, folder, as_library=as_library))


class Reader:
    """A process that reads files; it is made anew after a crash or a hang."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.wholes = {name: (folder / name).read_bytes() for name in READERS}
        self.start()

    def start(self) -> None:
        self.connection, theirs = multiprocessing.Pipe()
        self.process = PROCESSES.Process(target=serve, args=(theirs, self.folder), daemon=True)
        self.process.start()
        theirs.close()

    def stop(self) -> None:
        self.process.kill()
        self.process.join()

    def __call__(self, name: str, content: bytes, as_library: bool = False) -> None:
        (self.folder / name).write_bytes(content)
        self.connection.send((name, as_library))
        try:
            complaint = self.connection.recv() if self.connection.poll(PATIENCE_S) else "it hangs"
        except EOFError:
            complaint = "it crashes"
        finally:
            (self.folder / name).write_bytes(self.wholes[name])
        if complaint in ("it hangs", "it crashes"):
            self.stop()
            self.start()
        assert complaint == "", f"{name}: {complaint}"


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wholes")
    write_wholes(folder)
    reader = Reader(folder)
    yield reader
    reader.stop()


@pytest.mark.parametrize("name", READERS)
def test_whole_files_are_read(reader, name):
    READERS[name](reader.folder / name)


# ---------------------------------------------------------------- what is wrong with them


@pytest.mark.parametrize("name", READERS)
def test_truncated_at_every_tenth_and_empty(reader, name):
    whole = reader.wholes[name]
    for tenth in range(10):
        reader(name, whole[: len(whole) * tenth // 10])
    for tenth in range(10) if name in TAGGED else ():
        reader(name, whole[: len(whole) * tenth // 10], as_library=True)


@pytest.mark.parametrize("name", READERS)
def test_what_belongs_in_another_file(reader, name):
    for other in READERS:
        if other != name:
            reader(name, reader.wholes[other])


MANY = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
FLIPS = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=30
)


def flip(content: bytes, flips) -> bytes:
    flipped = bytearray(content)
    for place, bits in flips:
        flipped[int(place * len(flipped))] ^= bits
    return bytes(flipped)


@pytest.mark.parametrize("name", READERS)
@MANY
@given(flips=FLIPS)
def test_bytes_flipped_anywhere(reader, name, flips):
    reader(name, flip(reader.wholes[name], flips))


@pytest.mark.parametrize("name", READERS)
@MANY
@given(flips=FLIPS)
def test_bytes_flipped_in_the_header(reader, name, flips):
    whole = reader.wholes[name]
    reader(name, flip(whole[:128], flips) + whole[128:])


@pytest.mark.parametrize("name", TAGGED)
@MANY
@given(flips=FLIPS)
def test_tags_of_flipped_files(reader, name, flips):
    whole = reader.wholes[name]
    reader(name, flip(whole[:512], flips) + whole[512:], as_library=True)


def test_there_are_two_thousand_cases():
    files = len(READERS)
    cases = 10 * files + 10 * len(TAGGED) + files * (files - 1) + 25 * (2 * files + len(TAGGED))
    assert cases >= 2000
