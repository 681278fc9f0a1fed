"""The documentation: pages in Markdown, and a reference made of parser, schema and docstrings."""

import argparse
import importlib.metadata
import os
from pathlib import Path

from deepartist.cli import make_parser

project = "deepartist"
author = "The deepartist authors"
release = version = importlib.metadata.version("deepartist")
extensions = ["myst_nb", "sphinx.ext.autodoc", "numpydoc", "sphinxcontrib.mermaid"]
html_theme = "furo"
html_title = f"deepartist {release}"
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
myst_fence_as_directive = ["mermaid"]  # as GitHub shows it
exclude_patterns = ["_build"]
nb_execution_mode = "off"  # notebooks are shown with the outputs that they are kept with
nb_merge_streams = True  # what a cell prints is one block
default_role = "code"  # names in single backticks, as docstrings have them
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say types and shapes
numpydoc_show_class_members = False
linkcheck_timeout = 20  # seconds
linkcheck_retries = 3

os.environ["COLUMNS"] = "100"  # so wide is the help of commands

GENERATED = Path(__file__).parent / "reference" / "generated"


def describe_commands(parser: argparse.ArgumentParser) -> str:
    """Write the help of each subcommand as a section of a Markdown page."""
    (commands,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    sections = [
        f"## deepartist {name}\n\n```text\n{command.format_help().strip()}\n```\n"
        for name, command in commands.choices.items()
    ]
    return "\n".join(["# Commands\n", *sections])


def write_generated(app: object) -> None:
    """Write the page of commands."""
    GENERATED.mkdir(parents=True, exist_ok=True)
    (GENERATED / "commands.md").write_text(describe_commands(make_parser()), encoding="utf-8")


def setup(app: object) -> None:
    """Make the generated pages before a build."""
    app.connect("builder-inited", write_generated)  # type: ignore[attr-defined]
