"""Listing which clips of a data set were decoded, and which were left out and why."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from deepartist.datasets.manifest import read_manifest, write_manifest
from deepartist.files.json_files import read_json
from deepartist.process import stage
from deepartist.process.counts import counted
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing

FAILURE_COLUMNS = ("dataset", "clip_id", "path", "reason")


def check_failures(failures: pd.DataFrame, n_clips: int, max_failed_fraction: float) -> None:
    """Raise InputError when more clips failed than the config allows, or all of them."""
    if len(failures) <= max_failed_fraction * n_clips and len(failures) < n_clips:
        return
    first = failures.iloc[0]
    raise InputError(
        f"{first.dataset}: {len(failures)} of {n_clips} clips cannot be used, more than "
        f"max_failed_fraction = {max_failed_fraction:g}; the first is {first.path} ({first.reason})"
    )


def main(argv: Sequence[str] | None = None) -> None:
    """List the decoded clips of a data set and those left out; fail if too many were left out."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.mels.list_clips", description=main.__doc__
    )
    parser.add_argument("--dataset", required=True, help="name of the data set")
    parser.add_argument("--manifest", type=Path, required=True, help="manifest of the data set")
    parser.add_argument("--shards", type=Path, nargs="+", required=True, help="shard.json files")
    parser.add_argument(
        "--max-failed-fraction", type=float, required=True, help="fraction of clips, 0 to 1"
    )
    parser.add_argument("--clips", type=Path, required=True, help="manifest to write")
    parser.add_argument("--failures", type=Path, required=True, help="CSV to write")
    args = parser.parse_args(argv)
    manifest = read_manifest(args.manifest)
    shards = [read_json(path) for path in args.shards]
    failures = pd.DataFrame(
        [failure for shard in shards for failure in shard["failures"]],
        columns=FAILURE_COLUMNS[1:],
    ).sort_values("clip_id", ignore_index=True)
    failures.insert(0, "dataset", args.dataset)
    check_failures(failures, len(manifest), args.max_failed_fraction)
    decoded = {clip["clip_id"] for shard in shards for clip in shard["clips"]}
    with replacing(args.failures) as partial:
        failures.to_csv(partial, index=False, lineterminator="\n")
    with replacing(args.clips) as partial:
        write_manifest(manifest[manifest["clip_id"].isin(decoded)], partial)
    print(f"{args.dataset}: {counted(len(decoded), 'clip')} decoded, {len(failures)} left out")


if __name__ == "__main__":
    stage.run(main)
