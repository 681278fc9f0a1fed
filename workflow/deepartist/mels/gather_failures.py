"""One table of the clips of all data sets that were left out."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from deepartist.process import stage
from deepartist.process.counts import counted
from deepartist.process.replacing import replacing


def main(argv: Sequence[str] | None = None) -> None:
    """Gather the clips that were left out of any data set in one table."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.mels.gather_failures", description=main.__doc__
    )
    parser.add_argument(
        "failures", type=Path, nargs="+", help="CSV files of deepartist.mels.list_clips"
    )
    parser.add_argument("--out", type=Path, required=True, help="CSV to write")
    args = parser.parse_args(argv)
    tables = [pd.read_csv(path, dtype=str, keep_default_na=False) for path in args.failures]
    table = pd.concat(tables, ignore_index=True)
    with replacing(args.out) as partial:
        table.to_csv(partial, index=False, lineterminator="\n")
    print(f"{args.out}: {counted(len(table), 'clip')} left out")


if __name__ == "__main__":
    stage.run(main)
