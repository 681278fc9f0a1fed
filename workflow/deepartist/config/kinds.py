"""The kinds of data sets: the config keys, the list files and the licence of each.

A kind has an entry in `KINDS` and a loader of the same name in `deepartist.datasets`, which does
not import this module. Its options are the block ``dataset_<kind>`` of the schema.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def _no_lists(block: Mapping[str, Any]) -> list[str]:
    return []


@dataclass(frozen=True)
class Kind:
    """What the project knows of a kind of data set.

    Attributes
    ----------
    licence : str
        What the data may be used for, in a sentence.
    paths : tuple of str
        Keys of the config that name a file or folder and are required.
    optional_paths : tuple of str
        Keys that name a file or folder and may be left out or null.
    list_files : callable
        Takes the data set's block of the config, with resolved paths, and returns the files that
        the loader reads besides the clips. Optional files are listed if they exist.
    is_folder : bool
        The clips are the files of a folder, not of a list: a new file there changes the data set.
    has_artist_catalogue : bool
        Artist ids come from one catalogue, so an id is the same artist in all data sets of the
        kind.
    has_artists : bool
        Songs have artists, so models can be trained on them.
    artist_list_name : str or None
        File name of the published artist list, in the folder of the lists.
    demo_paths : mapping of str to str
        For kinds that can be synthesised: the path keys, and the paths in the corpus that they get.
    """

    licence: str
    paths: tuple[str, ...] = ("path",)
    optional_paths: tuple[str, ...] = ()
    list_files: Callable[[Mapping[str, Any]], list[str]] = _no_lists
    is_folder: bool = False
    has_artist_catalogue: bool = False
    has_artists: bool = True
    artist_list_name: str | None = None
    demo_paths: Mapping[str, str] = field(default_factory=dict)

    @property
    def path_keys(self) -> tuple[str, ...]:
        """Keys of the config that name a file or folder."""
        return (*self.paths, *self.optional_paths)


def _existing(path: Path) -> list[str]:
    return [str(path)] if path.is_file() else []


def _list_msd(block: Mapping[str, Any]) -> list[str]:
    folder = Path(block.get("lists") or block["path"])
    names = ["msd-artist-list.pkl", "7D_id_to_path.pkl", "MSD_id_to_7D_id.pkl"]
    if not block.get("lastfm"):
        names += ["filtered_list_train.cP", "filtered_list_test.cP", "msd_id_to_tag_vector.cP"]
        names += ["50tagList.txt"]
    files = [str(folder / name) for name in names]
    if block.get("lastfm"):
        files.append(block["lastfm"])
    return [*files, *_existing(folder / "unique_tracks.txt")]


def _list_gtzan(block: Mapping[str, Any]) -> list[str]:
    return [block["lists"]] if block.get("lists") else []


def _list_fma(block: Mapping[str, Any]) -> list[str]:
    metadata = Path(block["path"], "fma_metadata")
    return [str(metadata / "tracks.csv"), *_existing(metadata / "genres.csv")]


def _list_jamendo(block: Mapping[str, Any]) -> list[str]:
    table = Path(block["table"])
    splits = sorted(Path(block["splits"]).glob("*.tsv")) if block.get("splits") else []
    return [str(table), *_existing(table.with_name("raw.meta.tsv")), *map(str, splits)]


def _list_magnatagatune(block: Mapping[str, Any]) -> list[str]:
    folder = Path(block.get("lists") or block["path"])
    parts = ("train", "valid", "test")
    names = [*(f"{part}_list_pub.cP" for part in parts), *(f"y_{part}_pub.npy" for part in parts)]
    files = [str(folder / name) for name in (*names, "top50_tags.txt")]
    return [*files, *_existing(folder / "clip_info_final.csv")]


def _list_table(block: Mapping[str, Any]) -> list[str]:
    return [block["path"]]


JOINED = "joined"  # the kind, and the name, of the data set that `sources` become

KINDS: Mapping[str, Kind] = {
    "fma": Kind(
        licence="each track has a licence of its own, mostly Creative Commons, some of them not "
        "for commercial use (track/license in tracks.csv); the metadata are CC BY 4.0",
        list_files=_list_fma,
        has_artist_catalogue=True,
        demo_paths={"path": ""},
    ),
    "gtzan": Kind(
        licence="excerpts of commercial recordings, collected without their owners' permission; "
        "use them for research only and do not share them",
        optional_paths=("lists",),
        list_files=_list_gtzan,
        is_folder=True,
        has_artists=False,
        demo_paths={"path": "", "lists": "lists.yaml"},
    ),
    "jamendo": Kind(
        licence="each track has a Creative Commons licence of its own, many of them not for "
        "commercial use (audio_licenses.txt); the metadata are CC BY-NC-SA 4.0",
        paths=("path", "table"),
        optional_paths=("splits",),
        list_files=_list_jamendo,
        has_artist_catalogue=True,
    ),
    "library": Kind(
        licence="your own files: the rights stay with their owners; share features and scores, not "
        "audio",
        is_folder=True,
    ),
    "magnatagatune": Kind(
        licence="clips of Magnatune's recordings under CC BY-NC-SA 3.0: not for commercial use, "
        "name the artist, share what you make of them alike",
        optional_paths=("lists",),
        list_files=_list_magnatagatune,
        has_artists=False,
    ),
    "msd": Kind(
        licence="previews of commercial recordings, provided by 7digital for research; do not "
        "share them; Last.fm's tags are not for commercial use",
        optional_paths=("lists", "lastfm"),
        list_files=_list_msd,
        has_artist_catalogue=True,
        artist_list_name="msd-artist-list.pkl",
        demo_paths={"path": ""},
    ),
    "table": Kind(
        licence="the licence of the clips that the table lists; make sure that you know it",
        list_files=_list_table,
        demo_paths={"path": "clips.csv"},
    ),
}
# With the kind that a config cannot name, which has no loader.
ALL_KINDS = {**KINDS, JOINED: Kind(licence="each part has that of its data set", paths=())}


def artist_list(block: Mapping[str, Any]) -> str | None:
    """Return the path of a data set's published artist list, or None if its kind has none."""
    name = ALL_KINDS[block["kind"]].artist_list_name
    return None if name is None else str(Path(block.get("lists") or block["path"], name))
