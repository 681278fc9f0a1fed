"""Reading the manifest of the source, for the stages that choose songs to train on."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from deepartist.datasets.manifest import read_manifest
from deepartist.process.counts import counted
from deepartist.splits.artists import shares_artist


def add_source_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--manifest`` and ``--without``."""
    parser.add_argument("--manifest", type=Path, required=True, help="manifest of the source")
    parser.add_argument(
        "--without",
        type=Path,
        nargs="*",
        default=(),
        help="manifests whose artists are left out, compared by name",
    )


def read_source(path: Path, without: Sequence[Path]) -> tuple[pd.DataFrame, pd.Series]:
    """Read the manifest of the source, and report on stderr how many songs are left out.

    Parameters
    ----------
    path : Path
        Manifest of the source.
    without : sequence of Path
        Manifests whose artists no model is trained on.

    Returns
    -------
    manifest : pd.DataFrame
        All songs of the source.
    is_shared : pd.Series [index=manifest.index, dtype=bool]
        True for songs by an artist of the other manifests.
    """
    manifest = read_manifest(path)
    is_shared = shares_artist(manifest, map(read_manifest, without))
    if without:
        n_artists = manifest.loc[is_shared, "artist_id"].nunique()
        print(
            f"{counted(int(is_shared.sum()), 'song')} left out, by "
            f"{counted(n_artists, 'artist')} of the targets",
            file=sys.stderr,
        )
    return manifest, is_shared
