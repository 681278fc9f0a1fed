"""What the stages of tables 5 and 6 share: their command."""

import argparse
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import pandas as pd

from deepartist.config.titles import Titles, add_titles_option, parse_titles
from deepartist.scores.gather_scores import read_scores
from deepartist.scores.left_out import add_left_out_option, parse_left_out
from deepartist.scores.vectors import add_vectors_option
from deepartist.tables.forms import add_out_option, check_forms, write_forms
from deepartist.tables.text import Table, to_markdown

Blocks = TypeVar("Blocks")
Selection = Callable[
    [
        pd.DataFrame,
        Sequence[str],
        Mapping[str, Titles],
        Collection[tuple[str, str]],
        Sequence[str],
    ],
    Blocks,
]


def tabulate(
    argv: Sequence[str] | None,
    prog: str,
    doc: str | None,
    select_blocks: Selection[Blocks],
    lay_out: Callable[[Blocks, Sequence[str]], Table],
    format_csv: Callable[[Blocks, Sequence[str]], str],
) -> None:
    """Run the command that writes a table.

    Parameters
    ----------
    argv : sequence of str or None
        Arguments of the command; None: those of the process.
    prog, doc : str
        Name of the command and what its ``--help`` says of it.
    select_blocks : function
        Takes scores, models, titles, what is left out and vectors; returns the blocks of rows.
    lay_out, format_csv : function
        Take the blocks and the models; return the table, and the text of the CSV file.

    Raises
    ------
    InputError
        An option is wrong, or a score is missing.
    """
    parser = argparse.ArgumentParser(prog=prog, description=doc)
    parser.add_argument(
        "--scores", type=Path, required=True, help="CSV of deepartist.scores.gather_scores"
    )
    parser.add_argument("--models", nargs="+", required=True, help="in order: siamese-5000 …")
    add_titles_option(parser)
    add_left_out_option(parser)
    add_vectors_option(parser)
    add_out_option(parser)
    args = parser.parse_args(argv)
    check_forms(args.out)
    scores, left_out = read_scores(args.scores), parse_left_out(args.left_out)
    blocks = select_blocks(scores, args.models, parse_titles(args.titles), left_out, args.vectors)
    table = lay_out(blocks, args.models)
    write_forms(args.out, format_csv(blocks, args.models), [table])
    print(to_markdown(table))
