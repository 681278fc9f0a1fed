"""What stands around the code agrees with it: README, docs, lock file, conda file, citation."""

import ast
import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest
import yaml

from deepartist.config.options import BEGIN, END, option_table, put_table
from deepartist.config.settings import load_schema
from deepartist.process.errors import InputError
from helpers import PACKAGE

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "config/README.md")),
    *sorted(
        path
        for path in (ROOT / "docs").rglob("*.md")
        if not {"_build", "generated"} & set(path.parts)
    ),
]
DOCUMENTS = [*PAGES, *sorted((ROOT / "workflow/report").glob("*.rst"))]
# Files that name modules of the package.
NAMING = [
    *DOCUMENTS,
    *(ROOT / name for name in ("Makefile", "Snakefile", "config.yaml")),
    *sorted((ROOT / "configs").glob("*.yaml")),
    *sorted((ROOT / "workflow/rules").glob("*.smk")),
]
PYTHON_FILES = [
    *ROOT.glob("*.py"),
    *(path for name in ("benchmarks", "tests", "workflow") for path in (ROOT / name).rglob("*.py")),
]
THEIR_FILES = {"model.py"}  # of the authors' code, which docs/paper.md compares ours with
EXAMPLES = {"scores.precision", "scores.precision.precision_at"}  # of docs/howto/own_score.md


def test_the_options_of_the_schema_are_listed():
    # put right by: python -m deepartist.config.options docs/options.md
    page = (ROOT / "docs/options.md").read_text(encoding="utf-8")
    assert put_table(page, option_table()) == page


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 120


def test_every_key_of_the_schema_is_in_the_table():
    table = option_table()
    for name, block in load_schema()["$defs"].items():
        for key in block.get("properties", {}):
            if key != "kind":
                assert re.search(rf"\.{key}` \|", table), (name, key)


def test_the_table_needs_its_marks():
    assert put_table(f"a\n{BEGIN}\nold\n{END}\nb", "new") == f"a\n{BEGIN}\nnew\n{END}\nb"
    with pytest.raises(InputError, match="no marks for the table"):
        put_table("a text without marks", "new")


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_a_page_links_to_is_there(page):
    for target in relative_links(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_by_reference_are_defined_and_used(page):
    text = page.read_text(encoding="utf-8")
    defined = re.findall(r"^\[([^]]+)\]: ", text, re.MULTILINE)
    assert set(re.findall(r"\]\[([^]]+)\]", text)) == set(defined)
    assert len(set(defined)) == len(defined)


@pytest.mark.parametrize("page", DOCUMENTS, ids=name_of)
def test_files_that_a_document_names_are_there(page):
    text = without_addresses(page.read_text(encoding="utf-8"))
    folders = "benchmarks|configs|envs|profiles|tests|workflow"
    for path in re.findall(rf"(?<![\w/])(?:{folders})/[\w./-]*\w", text):
        assert (ROOT / path).exists(), path
    for path in re.findall(r"[\w./]*\w\.py\b", text):
        assert path in THEIR_FILES or is_python_file(path), path


@pytest.mark.parametrize("path", NAMING, ids=name_of)
def test_modules_of_the_package_that_a_file_names_exist(path):
    for name in dotted_names(path.read_text(encoding="utf-8")):
        assert name in EXAMPLES or is_in_package(name), name


def test_the_paper_page_names_what_modules_hold():
    """Dotted names in it are keys of the config, or `module.name` as in the package."""
    text = (ROOT / "docs/paper.md").read_text(encoding="utf-8")
    names = re.findall(r"`([a-z_]+(?:\.[A-Za-z_]+)+)`", text)
    names = [name for name in names if not re.search(r"\.(csv|json|py|yaml)$", name)]
    keys = [name for name in names if f"`{name}`" in option_table()]
    others = [name for name in names if name not in keys]
    assert keys and others
    for name in others:
        module, defined = name.split(".")[:2]
        files = PACKAGE.rglob(f"{module}.py")
        assert is_in_package(name) or any(defined in names_in(file) for file in files), name


def test_the_readme_names_targets_of_make():
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for target in re.findall(r"(?:^|`)make ([a-z-]+)", README, re.MULTILINE):
        assert target in targets


def test_what_is_not_there_is_told_from_what_is():
    """The checks above find nothing wrong because nothing is, not because they look at nothing."""
    text = '[a](b.md#c) [d](https://e.org/f.md) [g](#h) <img src="i.png">\n[j]: ../k.py\n'
    assert sorted(relative_links(text)) == ["../k.py", "b.md", "i.png"]
    text = "deepartist.mels.{kind}.x, envs/deepartist.yaml, deepartist.cli:main. In deepartist."
    assert dotted_names(text) == ["mels.*.x", "cli"]
    assert is_in_package("models.encoder.Encoder")
    assert is_in_package("embeddings.describe_*")
    assert is_in_package("mels")
    assert not is_in_package("models.Encoder")
    assert not is_in_package("embeddings.describe.*")
    assert not is_in_package("training.train")
    assert is_python_file("process/stage.py")
    assert is_python_file("../tests/test_project.py")
    assert not is_python_file("tests/stage.py")


def test_the_lock_file_pins_all_that_the_project_needs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (ROOT / "envs/requirements.lock").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", pin) for pin in pins)
    assert "torch==2.13.0" in pins
    pinned = {normalise(pin.partition("==")[0]) for pin in pins}
    extras = chain.from_iterable(project["optional-dependencies"].values())
    needed = {*project["dependencies"], *extras} - {"deepartist[docs,export,workflow]"}
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


def without_addresses(text: str) -> str:
    """Leave out what lies elsewhere on the web."""
    return re.sub(r"https?://[^\s)>\"]+", "", text)


def relative_links(text: str) -> list[str]:
    """Find the files that links and pictures of a page point to, without anchors."""
    inline = re.findall(r"\]\(([^)\s]+)\)", text)
    by_reference = re.findall(r"^\[[^]]+\]: (\S+)", text, re.MULTILINE)
    in_tags = re.findall(r"(?:src|href)=\"([^\"]+)\"", text)
    targets = [target.partition("#")[0] for target in (*inline, *by_reference, *in_tags)]
    return [target for target in targets if target and not re.match(r"\w+:", target)]


def is_python_file(path: str) -> bool:
    """Tell whether a Python file of the repository has this name, or this end of its path."""
    parts = tuple(part for part in Path(path).parts if part not in ("..", "."))
    return any(file.relative_to(ROOT).parts[-len(parts) :] == parts for file in PYTHON_FILES)


def dotted_names(text: str) -> list[str]:
    """Find the names `deepartist.<dotted>`; what stands in braces, as in rules, becomes `*`."""
    part = r"(?:\w|\{[\w.]+\})+"
    names = re.findall(rf"(?<![\w./-])deepartist\.({part}(?:\.{part})*)", text)
    return [re.sub(r"\{[\w.]+\}", "*", name) for name in names]


def is_in_package(name: str) -> bool:
    """Tell whether a dotted name is a module, a folder, or what a module defines."""
    path = name.replace(".", "/")
    if any(PACKAGE.glob(path)) or any(PACKAGE.glob(f"{path}.py")):
        return True
    module, _, last = path.rpartition("/")
    return any(last in names_in(file) for file in PACKAGE.glob(f"{module}.py"))


def names_in(path: Path) -> set[str]:
    """List the functions, classes and constants that a module defines."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            names |= {part.id for part in ast.walk(node) if is_assigned(part)}
    return names


def is_assigned(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


# what stands around the code for people who change it or run it elsewhere

AROUND = ["CONTRIBUTING.md", "Dockerfile", ".github/workflows/tests.yml", "README.md"]


@pytest.mark.parametrize("name", AROUND)
def test_targets_of_make_that_a_file_names_are_there(name):
    targets = set(re.findall(r"^\.PHONY: ([\w-]+)$", (ROOT / "Makefile").read_text(), re.M))
    text = (ROOT / name).read_text(encoding="utf-8")
    commands = re.findall(r"(?:^|`|run: |RUN )make ([a-z][\w-]*)", text, re.M)
    assert commands
    assert set(commands) <= targets


def test_continuous_integration_runs_the_commands_of_the_readme():
    workflow = yaml.safe_load((ROOT / ".github/workflows/tests.yml").read_text(encoding="utf-8"))
    commands = [step.get("run") for step in workflow["jobs"]["tests"]["steps"]]
    (block,) = re.findall(r"```sh\n(make .*?)```", README, re.DOTALL)[:1]
    for line in block.strip().splitlines():
        assert line.partition("#")[0].strip() in commands


def test_the_version_has_its_changes():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert newest and newest[1] == version


def test_the_page_of_the_catalogue_names_configs_that_are_there():
    yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8"))
    text = (ROOT / "config/README.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:configs/)?\w+\.yaml)`", text)
    assert {"configs/" + path.name for path in (ROOT / "configs").glob("*.yaml")} <= set(named)
    assert all((ROOT / name).is_file() for name in named)
