"""The command ``deepartist trace``: from a result back to the manifests and data it came from.

It reads nothing but the results folder, so a copy of it elsewhere is traced as well.
"""

import argparse
import csv
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import jsonschema

from deepartist.files.digests import digest_file
from deepartist.files.json_files import read_json
from deepartist.process.errors import InputError
from deepartist.provenance.fingerprint import fingerprint

Record = dict[str, Any]

# What files that do not say it themselves are made of; paths below the results folder. The first
# pattern that fits holds. The map of figure 7 does not say which features it is of.
CHAIN = (
    (r"tables/table\d\.\w+", ("tables/scores.csv",)),
    (r"tables/failures\.csv", ("clips/*.failures.csv",)),
    (r"figures/(?:scores|figure[2-5])\.\w+", ("tables/scores.csv",)),
    (r"figures/spectrograms_(?P<dataset>\w+)\.\w+", ("labels/{dataset}.csv", "mels/{dataset}")),
    (r"figures/(?P<map>figure[67])\.\w+", ("maps/{map}.csv",)),
    (
        r"scores/(?P<model>[\w-]+)/(?P<seed>seed-\d+)/(?P<dataset>\w+)\.json",
        ("embeddings/{model}/{seed}/{dataset}.npz", "labels/{dataset}.csv"),
    ),
    (r"maps/figure6\.csv", ("embeddings/*/seed-*/unseen-artists.npz",)),
    (
        r"embeddings/(?P<model>(?:basic|siamese|tag)-\d+|random)/(?P<seed>seed-\d+)/unseen-artists\.npz",
        ("models/{model}/{seed}/model.json", "splits/*/unseen-*.csv"),
    ),
    (
        r"embeddings/(?P<model>(?:basic|siamese|tag)-\d+|random)/(?P<seed>seed-\d+)/(?P<dataset>\w+)\.npz",
        ("models/{model}/{seed}/model.json", "clips/{dataset}.csv", "mels/{dataset}"),
    ),
    (r"embeddings/\w+/seed-\d+/(?P<dataset>\w+)\.npz", ("labels/{dataset}.csv",)),
    (r"models/(?:basic|siamese)-(?P<n>\d+)/seed-\d+/model\.json", ("splits/*/artists-{n}.csv",)),
    (r"models/tag-(?P<n>\d+)/seed-\d+/model\.json", ("splits/*/tags-{n}.csv",)),
    (r"models/(?P<model>.+)/model\.safetensors", ("models/{model}/model.json",)),
    (r"models/(?P<model>.+)/history\.csv", ("models/{model}/model.json",)),
    (r"splits/(?P<dataset>\w+)/[\w-]+\.csv", ("clips/{dataset}.csv",)),
    (r"labels/(?P<dataset>\w+)\.csv", ("clips/{dataset}.csv",)),
    (
        r"clips/(?P<dataset>\w+)(?:\.failures)?\.csv",
        ("manifests/{dataset}.csv", "mels/{dataset}"),
    ),
    (r"mels/(?P<dataset>\w+)", ("manifests/{dataset}.csv",)),
    (r"manifests/(?P<dataset>\w+)\.csv", ("demo/{dataset}/corpus.json",)),
)
# Tables that name data sets and models: the columns of a row that name models, and its seed.
SCORE_TABLES = {"tables/scores.csv": ("model",), "tables/differences.csv": ("model_a", "model_b")}
MODULE = re.compile(r"\w+(\.\w+)*")
SHARD = re.compile(r"(mels/\w+)/shard-\d+(?:/.*)?")
# Of `describe_origin`, as far as it is shown; files of older versions have less.
RECORD = jsonschema.Draft202012Validator(
    {
        "type": "object",
        "properties": {
            "stage": {"type": "string", "pattern": rf"^{MODULE.pattern}$"},
            "code": {"type": "array", "items": {"type": "string"}},
            "commit": {"type": ["string", "null"]},
            "uncommitted_changes": {"type": ["boolean", "null"]},
            "seed": {"type": "integer"},
            "device": {"type": "string"},
            "inputs": {"type": "object", "additionalProperties": {"type": "string"}},
            "packages": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    }
)


def trace(path: Path) -> Iterator[str]:
    """Tell, as a tree, what a result was made of, and what that was made of.

    Parameters
    ----------
    path : Path
        A file below a folder ``results``, or one of its folders of shards.

    Yields
    ------
    str
        A line per file: its path, and as far as it says so itself stage, code, commit, seed, device
        and packages; then those it was made of, further in. A file that comes again is not told
        again. Files that are not there, or not as they were when they were read, are marked.

    Raises
    ------
    InputError
        There is no such file, or it lies in no results folder.
    """
    if not path.exists():
        raise InputError(f"{path}: not there; give a file of a run, as results/tables/table1.csv")
    path = path.absolute()
    root = next((folder for folder in path.parents if folder.name == "results"), None)
    if root is None:
        raise InputError(f"{path}: in no folder named 'results'; give a file of a run")
    name = path.relative_to(root).as_posix()
    yield from _tell(root, _whole(name), set())


def _tell(
    root: Path,
    name: str,
    told: set[str],
    read: dict[Path, str] | None = None,
    branch: str = "",
    indent: str = "",
) -> Iterator[str]:
    """Tell one file and what it was made of; `read` are the digests it had when it was read."""
    path = root / name
    again = name in told
    told.add(name)
    record = {} if again else _read_record(path)
    sources = _sources(root, name, record)
    if not path.exists():
        notes = ["not there"]
    elif any(p.is_file() and digest_file(p) != digest for p, digest in (read or {}).items()):
        notes = ["CHANGED since it was read"]
    else:
        notes = [f"sha256 {read[path][:12]}"] if read and path in read else []
    if again:
        notes += ["see above"] if sources else []
        sources = {}
    else:
        notes += _describe(path, record, told)
    shown = name if Path(name).is_absolute() else f"{root.name}/{name}"
    yield _printable(f"{branch}{shown}{'  ' if notes else ''}{'; '.join(notes)}")
    for number, (source, digests) in enumerate(sources.items(), start=1):
        last = number == len(sources)
        yield from _tell(
            root,
            source,
            told,
            digests,
            indent + ("└─ " if last else "├─ "),
            indent + ("   " if last else "│  "),
        )


def _sources(root: Path, name: str, record: Record) -> dict[str, dict[Path, str]]:
    """Name what a file was made of, shards as their folder, with the digests recorded if any."""
    sources: dict[str, dict[Path, str]] = {}
    for text, digest in record.get("inputs", {}).items():
        path = Path(os.path.normpath(root.parent / text))
        below = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
        sources.setdefault(_whole(below), {})[path] = digest
    if sources:
        return sources
    if name in SCORE_TABLES:
        return {path: {} for path in _read_scored(root, name)}
    for pattern, templates in CHAIN:
        if match := re.fullmatch(pattern, name):
            for template in templates:
                filled = template.format(**match.groupdict())
                found = sorted(p.relative_to(root).as_posix() for p in root.glob(filled))
                is_optional = "*" in filled or filled.startswith("demo/")
                sources |= {path: {} for path in found or ([] if is_optional else [filled])}
            break
    return sources


def _read_scored(root: Path, name: str) -> list[str]:
    """Name the files of scores that a table was made of."""
    path = root / name
    try:
        with path.open(encoding="utf-8", newline="") as file:
            runs = [
                (row[column], row.get("seed"), row["dataset"])
                for row in csv.DictReader(file)
                for column in SCORE_TABLES[name]
            ]
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise InputError(f"{path}: not a table of scores ({error!r}); make it again") from error
    paths: dict[str, None] = {}  # in order, each once
    for model, seed, dataset in dict.fromkeys(runs):
        scored = f"scores/{model}/seed-{seed or '*'}/{dataset}.json"
        found = [] if seed else sorted(root.glob(scored))  # differences are of all seeds
        paths |= dict.fromkeys([p.relative_to(root).as_posix() for p in found] or [scored])
    return list(paths)


def _read_record(path: Path) -> Record:
    """Read what a model or score says of its making; nothing where it says nothing readable."""
    if path.suffix != ".json" or not path.is_file():
        return {}
    try:
        record: Record = read_json(path)["provenance"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return record if RECORD.is_valid(record) else {}


def _describe(path: Path, record: Record, told: set[str]) -> list[str]:
    """Say what is recorded of a file's making; package versions where they are not those before."""
    notes = []
    if code := record.get("code"):
        digest = hashlib.sha256("\n".join(code).encode()).hexdigest()[:12]
        stage = record.get("stage")
        compared = f"{stage}, code {digest}{_compare_code(stage, code)}" if stage else ""
        notes.append(compared or f"code {digest}")
    if commit := record.get("commit"):
        edited = " with uncommitted changes" if record.get("uncommitted_changes") else ""
        notes.append(f"commit {commit[:12]}{edited}")
    if "seed" in record:
        notes.append(f"seed {record['seed']}")
    if "device" in record:
        notes.append(record["device"])
    packages = " ".join(f"{name} {text}" for name, text in record.get("packages", {}).items())
    if packages and packages not in told:
        told.add(packages)
        notes.append(packages)
    if path.parent.name == "mels" and path.is_dir():
        notes.append(f"shards: {len(list(path.glob('shard-*/shard.json')))}")
    if path.parent.name == "manifests" and path.is_file():
        notes.append(_describe_manifest(path))
    return notes


def _compare_code(stage: str, code: Sequence[str]) -> str:
    """Say which modules of a stage are not what they were, if any."""
    try:
        now = set(fingerprint(stage))
    except (ModuleNotFoundError, SyntaxError):
        return ", a stage that is not here"
    # A stage may have imported modules by name, which its own fingerprint does not hold.
    recorded = (entry.partition("=")[0].partition(".")[2] for entry in code)
    for module in filter(MODULE.fullmatch, recorded):
        with suppress(ModuleNotFoundError):
            now |= set(fingerprint(module))
    differing = sorted({entry.partition("=")[0] for entry in set(code) ^ now})
    return f", not as here ({', '.join(differing)})" if differing else ""


def _describe_manifest(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            folders = [os.path.dirname(row["path"]) for row in csv.DictReader(file)]  # noqa: PTH120
        return f"clips: {len(folders)}, in {os.path.commonpath(folders) or '.'}"
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return "cannot be read"


def _whole(name: str) -> str:
    """Name the folder of shards that a file belongs to; other files as they are."""
    match = SHARD.fullmatch(name)
    return match[1] if match else name


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``trace`` to the parser of ``deepartist``."""
    command = commands.add_parser(
        "trace",
        help="what a result was made of, back to the data",
        description="Print, as a tree, the files that a table, figure, score, model or embedding "
        "was made of, back to the manifests: with the code, commit, seed and package versions "
        "that each model and score says it was made by.",
    )
    command.add_argument("path", type=Path, metavar="PATH", help="a file of a results folder")
    command.set_defaults(function=_run)


def _run(args: argparse.Namespace) -> None:
    for line in trace(args.path):
        print(line)
