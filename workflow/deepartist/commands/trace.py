"""The command ``deepartist trace``: lists the files that a result was made from, back to the data.

It reads only the results folder, so it also works on a copy of that folder.
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

# What each kind of file is made from, for files that do not record it themselves: a pattern and the
# sources, as paths below the results folder. The first pattern that matches is used. The map of
# figure 7 is missing, because its path does not say which features it shows.
CHAIN = (
    (r"tables/(?:table\d|reproduction)\.\w+", ("tables/scores.csv",)),
    (r"tables/untrained\.txt", ("tables/scores.csv", "tables/differences.csv")),
    (r"tables/failures\.csv", ("clips/*.failures.csv",)),
    (r"figures/(?:scores|figure[2-58])\.\w+", ("tables/scores.csv",)),
    (r"figures/spectrograms_(?P<target>\w+)\.\w+", ("labels/{target}.csv",)),
    (r"figures/(?P<map>figure[67](?:-[\w-]+)?)\.\w+", ("maps/{map}.csv",)),
    (
        r"scores/(?P<model>[\w-]+)/(?P<seed>seed-\d+)/(?P<dataset>\w+)\.json",
        ("embeddings/{model}/{seed}/{dataset}.npz", "labels/{dataset}.csv"),
    ),
    (r"maps/figure6\.csv", ("embeddings/*/seed-*/unseen-artists.npz",)),
    (
        r"embeddings/(?P<encoder>[\w-]+)/(?P<seed>seed-\d+)/unseen-artists\.npz",
        ("models/{encoder}/{seed}/model.json", "splits/*/unseen-*.csv"),
    ),
    (
        r"embeddings/(?P<encoder>[\w-]+)/(?P<seed>seed-\d+)/(?P<target>\w+)\.npz",
        (
            "models/{encoder}/{seed}/model.json",
            "clips/{target}.csv or labels/{target}.csv",
            "mels/{target}",
        ),
    ),
    (r"embeddings/\w+/seed-\d+/(?P<target>\w+)\.npz", ("labels/{target}.csv",)),
    (r"models/tag-(?P<n>\d+|all)/seed-\d+/model\.json", ("splits/*/tags-{n}.csv",)),
    (r"models/[a-z][a-z0-9_]*-(?P<n>\d+|all)/seed-\d+/model\.json", ("splits/*/artists-{n}.csv",)),
    (
        r"models/(?P<model>.+)/card\.md",
        ("models/{model}/model.json", "models/{model}/history.csv", "tables/scores.csv"),
    ),
    (r"models/(?P<model>.+)/model\.safetensors", ("models/{model}/model.json",)),
    (r"models/(?P<model>.+)/history\.csv", ("models/{model}/model.json",)),
    (r"splits/(?P<dataset>\w+)/[\w-]+\.csv", ("clips/{dataset}.csv",)),
    (r"labels/(?P<target>\w+)\.csv", ("clips/{target}.csv",)),
    (
        r"clips/(?P<dataset>\w+)(?:\.failures)?\.csv",
        ("manifests/{dataset}.csv", "mels/{dataset}"),
    ),
    (r"mels/(?P<dataset>\w+)", ("manifests/{dataset}.csv",)),
    (r"manifests/(?P<dataset>\w+)\.csv", ("demo/{dataset}/corpus.json",)),
)
# Tables whose rows name a data set and models: the columns that hold models.
SCORE_TABLES = {"tables/scores.csv": ("model",), "tables/differences.csv": ("model_a", "model_b")}
MODULE = re.compile(r"\w+(\.\w+)*")
SHARD = re.compile(r"(mels/\w+)/shard-\d+(?:/.*)?")
SHARD_FOLDER = re.compile(r"mels/\w+(?:/.*)?")
# The fields of `describe_origin` that are printed. Files of older versions may lack some of them.
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
    """List, as a tree, the files that a result was made from, back to the manifests.

    Parameters
    ----------
    path : Path
        A file below a folder ``results``, or one of its folders of shards or of a model.

    Yields
    ------
    str
        A line per file: its path and, if the file records them, its stage, code, commit, seed,
        device and packages. The files that it was made from follow, indented. A file that occurs
        again is not described again. Files that are missing, or that changed since they were read,
        are marked.

    Raises
    ------
    InputError
        There is no such file, it is not in a results folder, or it is a folder of other files.
    """
    if not path.exists():
        raise InputError(f"{path}: not there; give a file of a run, as results/tables/table1.csv")
    path = path.absolute()
    root = next((folder for folder in path.parents if folder.name == "results"), None)
    if root is None:
        raise InputError(f"{path}: in no folder named 'results'; give a file of a run")
    if (path / "model.json").is_file():
        path /= "model.json"
    name = path.relative_to(root).as_posix()
    if path.is_dir() and not SHARD_FOLDER.fullmatch(name):
        raise InputError(f"{path}: is a folder of several results; give a file in it")
    yield from _trace_file(root, _shard_to_folder(name), set())


def _trace_file(
    root: Path,
    name: str,
    printed: set[str],
    digests: dict[Path, str] | None = None,
    branch: str = "",
    indent: str = "",
) -> Iterator[str]:
    """List one file and what it was made from.

    `printed` holds the files and package versions of the lines above; this file's are added. The
    `digests` are those that the file, or the files of its folder, had when they were read.
    """
    path = root / name
    is_repeated = name in printed
    printed.add(name)
    record = {} if is_repeated else _read_record(path)
    sources = _sources(root, name, record)
    if not path.exists():
        notes = ["not there"]
    elif any(p.is_file() and digest_file(p) != digest for p, digest in (digests or {}).items()):
        notes = ["CHANGED since it was read"]
    else:
        notes = [f"sha256 {digests[path][:12]}"] if digests and path in digests else []
    if is_repeated:
        notes += ["see above"] if sources else []
        sources = {}
    else:
        notes += _describe(path, record, printed)
    shown = name if Path(name).is_absolute() else f"{root.name}/{name}"
    yield _printable(f"{branch}{shown}{'  ' if notes else ''}{'; '.join(notes)}")
    for number, (source, source_digests) in enumerate(sources.items(), start=1):
        is_last = number == len(sources)
        yield from _trace_file(
            root,
            source,
            printed,
            source_digests,
            indent + ("└─ " if is_last else "├─ "),
            indent + ("   " if is_last else "│  "),
        )


def _sources(root: Path, name: str, record: Record) -> dict[str, dict[Path, str]]:
    """Find the files that a file was made from, and their digests where they were recorded.

    Shards are listed as the one folder that holds them all.
    """
    sources: dict[str, dict[Path, str]] = {}
    for text, digest in record.get("inputs", {}).items():
        path = Path(os.path.normpath(root.parent / text))
        below = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
        sources.setdefault(_shard_to_folder(below), {})[path] = digest
    if sources:
        return sources
    if name in SCORE_TABLES:
        return {path: {} for path in _list_score_files(root, name)}
    for pattern, templates in CHAIN:
        match = re.fullmatch(pattern, name)
        if match and _applies(root, match):
            for template in templates:
                filled = template.format(**match.groupdict())
                if name.startswith("labels/") and not (root / filled).exists():
                    filled = _find_clips(root, root / name) or filled
                either = filled.split(" or ")
                filled = next((path for path in either if (root / path).exists()), either[0])
                matches = sorted(p.relative_to(root).as_posix() for p in root.glob(filled))
                # a target may have another name than its data set
                of_target = "target" in match.groupdict() and filled.startswith(("clips/", "mels/"))
                is_optional = "*" in filled or filled.startswith("demo/") or of_target
                sources |= {path: {} for path in matches or ([] if is_optional else [filled])}
            break
    return sources


def _find_clips(root: Path, labels: Path) -> str | None:
    """Find the list of clips that labelled songs are from, if their target has another name."""
    labelled = _read_ids(labels)
    for path in sorted(root.glob("clips/*.csv")):
        if labelled and labelled <= _read_ids(path):
            return path.relative_to(root).as_posix()
    return None


def _read_ids(path: Path) -> set[str]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {row["clip_id"] for row in csv.DictReader(file)}
    except (OSError, ValueError, KeyError, csv.Error):
        return set()


def _applies(root: Path, match: re.Match[str]) -> bool:
    """Tell whether the encoder of a match, if it has one, is an encoder: others have no folder."""
    encoder = match.groupdict().get("encoder")
    is_trained = encoder is None or re.fullmatch(r"[a-z][a-z0-9_]*-(?:\d+|all)|random", encoder)
    return bool(is_trained) or (root / "models" / str(encoder)).is_dir()


def _list_score_files(root: Path, name: str) -> list[str]:
    """List the files of scores that a table was made from."""
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
    paths: dict[str, None] = {}  # a dict keeps their order, and each of them once
    for model, seed, dataset in dict.fromkeys(runs):
        pattern = f"scores/{model}/seed-{seed or '*'}/{dataset}.json"
        # a row of the differences has no seed: it was made from the scores of all seeds
        matches = [] if seed else sorted(root.glob(pattern))
        paths |= dict.fromkeys([p.relative_to(root).as_posix() for p in matches] or [pattern])
    return list(paths)


def _read_record(path: Path) -> Record:
    """Read the provenance that a model or score records; empty if it is missing or malformed."""
    if path.suffix != ".json" or not path.is_file():
        return {}
    try:
        record: Record = read_json(path)["provenance"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return record if RECORD.is_valid(record) else {}


def _describe(path: Path, record: Record, printed: set[str]) -> list[str]:
    """Describe how a file was made; package versions that were printed before are left out."""
    notes = []
    if code := record.get("code"):
        digest = hashlib.sha256("\n".join(code).encode()).hexdigest()[:12]
        stage = record.get("stage")
        stage_note = f"{stage}, code {digest}{_compare_code(stage, code)}" if stage else ""
        notes.append(stage_note or f"code {digest}")
    if commit := record.get("commit"):
        edited = " with uncommitted changes" if record.get("uncommitted_changes") else ""
        notes.append(f"commit {commit[:12]}{edited}")
    if "seed" in record:
        notes.append(f"seed {record['seed']}")
    if "device" in record:
        notes.append(record["device"])
    packages = " ".join(f"{name} {text}" for name, text in record.get("packages", {}).items())
    if packages and packages not in printed:
        printed.add(packages)
        notes.append(packages)
    if path.parent.name == "mels" and path.is_dir():
        notes.append(f"shards: {len(list(path.glob('shard-*/shard.json')))}")
    if path.parent.name == "manifests" and path.is_file():
        notes.append(_describe_manifest(path))
    return notes


def _compare_code(stage: str, code: Sequence[str]) -> str:
    """Name the modules of a stage that differ from the recorded ones, if any."""
    try:
        code_here = set(fingerprint(stage))
    except (ModuleNotFoundError, SyntaxError):
        return ", a stage that this version does not have"
    # A stage may import modules by a name from its settings: its fingerprint does not hold them.
    recorded = (entry.partition("=")[0].partition(".")[2] for entry in code)
    for module in filter(MODULE.fullmatch, recorded):
        with suppress(ModuleNotFoundError):
            code_here |= set(fingerprint(module))
    differing = sorted({entry.partition("=")[0] for entry in set(code) ^ code_here})
    return f", differs from the code here ({', '.join(differing)})" if differing else ""


def _describe_manifest(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            folders = [os.path.dirname(row["path"]) for row in csv.DictReader(file)]  # noqa: PTH120
        return f"clips: {len(folders)}, in {os.path.commonpath(folders) or '.'}"
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return "cannot be read"


def _shard_to_folder(name: str) -> str:
    """Replace the path of a shard, or of a file in it, by the folder of all shards of its data set.

    Other paths are returned unchanged.
    """
    match = SHARD.fullmatch(name)
    return match[1] if match else name


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``trace`` to the subcommands of ``deepartist``."""
    command = commands.add_parser(
        "trace",
        help="list what a result was made from, back to the data",
        description="Print, as a tree, the files that a table, figure, score, model or embedding "
        "was made from, back to the manifests. Models and scores are shown with the code, commit, "
        "seed and package versions that they record.",
    )
    command.add_argument("path", type=Path, metavar="PATH", help="a file of a results folder")
    command.set_defaults(function=_run)


def _run(args: argparse.Namespace) -> None:
    for line in trace(args.path):
        print(line)
