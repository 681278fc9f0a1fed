"""One manifest of several data sets, whose artists are joined by name.

``python -m deepartist.datasets.join_manifests`` writes it for a run that trains on all of them.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from deepartist.datasets.artist_names import common_spelling, is_nobody
from deepartist.datasets.command import save
from deepartist.datasets.manifest import COLUMNS, build_manifest, read_manifest
from deepartist.process import stage


def join_manifests(manifests: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Join the manifests of several data sets.

    Parameters
    ----------
    manifests : mapping of str to pd.DataFrame [columns=manifest.COLUMNS]
        By data set.

    Returns
    -------
    pd.DataFrame [columns=manifest.COLUMNS]
        `clip_id` and `album_id` begin with the data set and a slash. Songs by an artist of the same
        name, in any spelling, have one `artist_id`, whichever data set they are of. Songs with one
        `artist_id` in their data set stay together: the most frequent of their names counts. An
        artist without a name stays apart. The data sets' own splits are left out.
    """
    names = {dataset: _name_artists(manifest) for dataset, manifest in manifests.items()}
    spelling = common_spelling(name for of_songs in names.values() for name in of_songs)
    clips: list[dict[str, str]] = []
    for dataset, manifest in manifests.items():
        rows = manifest[list(COLUMNS)].itertuples(index=False)
        for values, name in zip(rows, names[dataset], strict=True):
            song: dict[str, str] = dict(zip(COLUMNS, values, strict=True))
            song["clip_id"] = f"{dataset}/{song['clip_id']}"
            # With a data set before it, an id such as "unknown" would pass for an artist.
            is_kept = is_nobody(song["artist_id"])
            own = song["artist_id"] if is_kept else _within(dataset, song["artist_id"])
            song["artist_id"] = spelling[name] or own
            song["album_id"] = _within(dataset, song["album_id"])
            song["split"] = ""
            clips.append(song)
    return build_manifest(clips)


def _name_artists(manifest: pd.DataFrame) -> list[str]:
    """Return a name for each song's artist: of songs with one `artist_id`, the most frequent.

    Names that stand for nobody do not count, and stay if there is no other.
    """
    ids, names = manifest["artist_id"], manifest["artist"]
    counted = manifest[~ids.map(is_nobody) & ~names.map(is_nobody)]
    # mode sorts, so a tie goes to the first name in alphabetical order
    name_of = counted.groupby("artist_id")["artist"].agg(lambda of_id: of_id.mode()[0]).to_dict()
    return [str(name_of.get(i, name)) for i, name in zip(ids, names, strict=True)]


def _within(dataset: str, name: str) -> str:
    return f"{dataset}/{name}" if name else ""


def main(argv: Sequence[str] | None = None) -> None:
    """Join the manifests of several data sets, artists by name."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.datasets.join_manifests", description=main.__doc__
    )
    parser.add_argument(
        "--manifests", type=Path, nargs="+", required=True, help="CSV files named by data set"
    )
    parser.add_argument("--out", type=Path, required=True, help="CSV to write")
    args = parser.parse_args(argv)
    manifests = {path.stem: read_manifest(path) for path in args.manifests}
    joined = join_manifests(manifests)
    save(joined, args.out)
    artists = {
        name: set(joined.loc[joined["clip_id"].str.startswith(f"{name}/"), "artist_id"]) - {""}
        for name in manifests
    }
    n_artists = len(set[str]().union(*artists.values()))
    n_shared = sum(map(len, artists.values())) - n_artists
    print(
        f"{len(joined)} songs by {n_artists} artists, {n_shared} of them in more than one data set"
    )


if __name__ == "__main__":
    stage.run(main)
