"""One manifest of several data sets, whose artists are joined by name.

``python -m deepartist.datasets.join_manifests`` writes it for a run that trains on all of them.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from deepartist.datasets.artist_names import common_spelling
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
        name, in any spelling, have one `artist_id`, whichever data set they are of; an artist
        without a name stays apart. The data sets' own splits are left out.
    """
    spelling = common_spelling(
        artist for manifest in manifests.values() for artist in manifest["artist"]
    )
    clips: list[dict[str, str]] = []
    for dataset, manifest in manifests.items():
        for values in manifest[list(COLUMNS)].itertuples(index=False):
            song: dict[str, str] = dict(zip(COLUMNS, values, strict=True))
            song["clip_id"] = f"{dataset}/{song['clip_id']}"
            song["artist_id"] = spelling[song["artist"]] or _within(dataset, song["artist_id"])
            song["album_id"] = _within(dataset, song["album_id"])
            song["split"] = ""
            clips.append(song)
    return build_manifest(clips)


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
