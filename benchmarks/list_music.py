"""The list of songs in docs/real_music.md, made from the tables MUSIC.csv of its two folders.

``python benchmarks/list_music.py MUSIC OPEN_MUSIC`` writes it between the two marks in the page.
"""

import argparse
import re
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path

from deepartist.config.options import put_table
from deepartist.files.csv_files import read_csv
from deepartist.process import stage
from deepartist.process.replacing import replacing

PAGE = Path(__file__).resolve().parents[1] / "docs/real_music.md"
MARKS = "<!-- songs: begin -->", "<!-- songs: end -->"
COLUMNS = ("file", "artist", "title", "licence")
MARKDOWN = re.compile(r"([\\`*_\[\]<>&|~$])")  # what has a meaning within a cell of a table


def list_songs(folders: Sequence[Path]) -> str:
    """List the songs of folders, a heading and a table for each.

    Parameters
    ----------
    folders : sequence of Path
        Each holds MUSIC.csv with COLUMNS, and `source`, or `repository`, `path` and `offset_s`.

    Returns
    -------
    str
        Markdown, in the order of the tables.

    Raises
    ------
    InputError
        A table is missing, cannot be read or lacks a column.
    """
    return "\n\n".join(map(list_folder, folders))


def list_folder(folder: Path) -> str:
    """List the songs of one folder; see `list_songs`."""
    table = read_csv(folder / "MUSIC.csv", COLUMNS, "a list of music", exact=False)
    lines = [
        f"### `{folder.name}/`: {len(table)} clips of {table['artist'].nunique()} artists",
        "",
        "| artist | title | file | licence | published in |",
        "|---|---|---|---|---|",
    ]
    for song in table.to_dict("records"):
        cells = [escape(song[name]) for name in ("artist", "title", "file", "licence")]
        lines.append(f"| {' | '.join([*cells, place(song)])} |")
    return "\n".join(lines)


def place(song: Mapping[Hashable, str]) -> str:
    """Say where a song was published, in Markdown.

    Parameters
    ----------
    song : mapping of str to str
        `source` (``debian:<package>`` or ``github:<owner>/<name>``), or `repository` (on GitHub),
        `path` and `offset_s`.
    """
    if "source" not in song:
        within = f"{escape(song['path'])}, from {escape(song['offset_s'])} s"
        return f"{link(song['repository'])}: {within}"
    kind, _, name = song["source"].partition(":")
    if kind == "github":
        return link(name)
    return f"Debian package {escape(name)}" if kind == "debian" else escape(song["source"])


def link(repository: str) -> str:
    """Link to a repository on GitHub, in Markdown; a name that is none is not linked."""
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository, re.ASCII):
        return escape(repository)
    return f"[{escape(repository)}](https://github.com/{repository})"


def escape(text: str) -> str:
    """Make text stand in a cell of a Markdown table as it is."""
    return MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def main(argv: Sequence[str] | None = None) -> None:
    """Write the list of all songs into the page about them."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folders", type=Path, nargs="+", help="folders with MUSIC.csv")
    parser.add_argument("--page", type=Path, default=PAGE, help="Markdown file with the two marks")
    args = parser.parse_args(argv)
    text = put_table(args.page.read_text(encoding="utf-8"), list_songs(args.folders), MARKS)
    with replacing(args.page) as partial:
        partial.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    stage.run(main)
