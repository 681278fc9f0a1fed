"""What stands around the code agrees with it: README, lock file, conda file, citation."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from deepartist.config.options import BEGIN, END, option_table, put_table
from deepartist.config.settings import load_schema
from deepartist.process.errors import InputError

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_lists_the_options_of_the_schema():
    # put right by: python -m deepartist.config.options README.md
    assert put_table(README, option_table()) == README


def test_every_key_of_the_schema_is_in_the_table():
    table = option_table()
    for name, block in load_schema()["$defs"].items():
        for key in block.get("properties", {}):
            if key != "kind":
                assert re.search(rf"\.{key}` \|", table), (name, key)


def test_the_table_needs_its_marks():
    assert put_table(f"a\n{BEGIN}\nold\n{END}\nb", "new") == f"a\n{BEGIN}\nnew\n{END}\nb"
    with pytest.raises(InputError, match="no place for the table"):
        put_table("a text without marks", "new")


def test_what_the_readme_points_to_is_there():
    for path in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / path).exists(), path
    for path in re.findall(r"\b(?:configs|envs|workflow)/[\w./]+\w", README):
        assert (ROOT / path).exists(), path
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for target in re.findall(r"^make ([a-z-]+)", README, re.MULTILINE):
        assert target in targets


def test_the_lock_file_pins_all_that_the_project_needs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (ROOT / "envs/requirements.lock").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", pin) for pin in pins)
    assert "torch==2.13.0" in pins
    pinned = {normalise(pin.partition("==")[0]) for pin in pins}
    needed = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    assert {normalise(re.match(r"[\w-]+", name).group()) for name in needed} <= pinned


def test_the_conda_file_installs_from_the_lock_file():
    environment = yaml.safe_load((ROOT / "envs/deepartist.yaml").read_text())
    pip = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    assert pip == ["-r requirements.lock", "-e .."]
    assert (ROOT / "envs" / "requirements.lock").is_file()
    assert (ROOT / "envs" / ".." / "pyproject.toml").is_file()


def test_the_citation_names_the_paper():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    paper = citation["preferred-citation"]
    assert paper["title"] == "Representation Learning of Music Using Artist Labels"
    assert [author["family-names"] for author in paper["authors"]] == [
        "Park",
        "Lee",
        "Park",
        "Ha",
        "Nam",
    ]


def normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
