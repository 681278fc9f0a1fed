"""Checking the config of a run, filling in defaults and resolving its data paths.

This is done before any job runs.
"""

import difflib
import math
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from deepartist.config.baselines import BASELINES
from deepartist.config.encoders import KNOWN_ENCODERS
from deepartist.config.kinds import ALL_KINDS, JOINED, KINDS
from deepartist.config.settings import check_block, dataset_block, load_block, load_schema
from deepartist.process.errors import InputError

Config = dict[str, Any]

NAME = re.compile(r"[a-z][a-z0-9_]*")
MODEL_NAME = re.compile(r"[a-z][a-z0-9_-]*")
TRAINED_NAME = re.compile(r"([a-z][a-z0-9_]*)-(\d+|all)")
KINDS_OF_MODELS = ("basic", "siamese", "tag")
MODEL_FILES = ("model.json", "model.safetensors")
VARIABLE = re.compile(r"\$\{?(\w+)\}?")
ALL = "all"  # artists.count: every artist with enough songs
SONGS = ("songs_train", "songs_valid", "songs_test")
PAPER_SONGS = (15, 3, 2)  # section 3.1.1
# FACTS of the authors' code that differ from the paper: config key `protocol`.
AUTHORS_TRAINING = {
    "basic": {"plateau_patience": None, "velocity": "keras"},
    "siamese": {
        "plateau_patience": None,
        "velocity": "keras",
        "dropout": 0,
        "batch_norm": "input",
    },
    "tag": {"plateau_patience": None, "velocity": "keras"},
}
DEMO_KEYS = ("demo_songs", "demo_artists")


def resolve_config(config: Config, folder: Path, workdir: Path, results: str = "results") -> Config:
    """Check a config and make it ready for the rules.

    Parameters
    ----------
    config : Config
        Content of the config file.
    folder : Path
        Folder of the config file; relative data paths in it start there.
    workdir : Path
        Working directory of the run. Relative data paths are returned relative to it, so that a
        clone that was moved has the same config.
    results : str
        Folder that the run writes to, below `workdir`; synthesised music lies there.

    Returns
    -------
    dict
        The config with all defaults filled in. Data sets that are neither the source's nor a
        target's are left out.

    Raises
    ------
    InputError
        The config is wrong. The message names the first fault in one line.
    """
    config = _with_protocol(check_block(config, load_schema()), config)
    songs_by_count = config["artists"]["songs_by_count"]  # YAML reads its keys as numbers
    config["artists"] |= {"songs_by_count": {str(n): songs for n, songs in songs_by_count.items()}}
    for name in config["datasets"]:
        if not NAME.fullmatch(str(name)):  # YAML reads some names as numbers
            raise InputError(
                f"datasets.{name}: name a data set with lower case letters, digits and '_'"
            )
    if config["source"] is not None:
        _check_known("source", config["source"], config["datasets"])
    if config["sources"]:
        _join_sources(config)
    known_datasets = [*config["datasets"], *([JOINED] if config["sources"] else [])]
    config["targets"] = {
        name: _resolve_target(name, target, known_datasets, config["source"])
        for name, target in config["targets"].items()
    }
    of_targets = {target["dataset"] for target in config["targets"].values()}
    config["datasets"] = {
        name: _resolve_dataset(name, block, folder, workdir, results)
        for name, block in config["datasets"].items()
        if name == config["source"] or name in of_targets or name in config["sources"]
    }
    if config["sources"]:
        config["datasets"][JOINED] = _join_datasets(config)
    _check_source(config)
    _check_artist_sets(config)
    for name, target in config["targets"].items():
        _check_target(name, target, config["source"], config["datasets"])
    config["training"] = _resolve_trainings(config)
    config["pretrained"] = {
        name: _resolve_pretrained(
            name, block, config["features"], list(kinds_of_models(config)), folder, workdir
        )
        for name, block in config["pretrained"].items()
    }
    config["features"] = {
        name: _resolve_features(name, files, config["targets"], folder, workdir)
        for name, files in config["features"].items()
    }
    return config


def kinds_of_models(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the kind of each model that a config may list: ``basic``, ``siamese`` or ``tag``."""
    return {kind: kind for kind in KINDS_OF_MODELS} | {
        name: block["kind"] for name, block in config["variants"].items()
    }


def artist_sets(config: Mapping[str, Any]) -> dict[str, Config]:
    """Return the settings of the artist set for each number of artists in a resolved config.

    Returns
    -------
    dict of str to dict
        For each number of artists (as text, ascending, ``all`` last) the settings of the split:
        ``count``, ``songs_train``, ``songs_valid``, ``songs_test`` and ``seed``. The numbers of
        songs are None if the split takes them from the collection.
    """
    block = config["artists"]
    counts = {block["count"], *block["more_counts"]}
    given = [block[part] for part in SONGS]
    sets = {}
    for count in sorted(counts, key=lambda count: math.inf if count == ALL else count):
        songs = block["songs_by_count"].get(str(count), given)
        if count != ALL or any(n is not None for n in songs):
            pairs = zip(songs, PAPER_SONGS, strict=True)
            songs = [paper if n is None else n for n, paper in pairs]
        sets[str(count)] = {
            "count": count,
            **dict(zip(SONGS, songs, strict=True)),
            "seed": block["seed"],
        }
    return sets


def _with_protocol(checked: Config, given: Config) -> Config:
    """Put what the authors' code did in place of the defaults, where the config asks for it."""
    if checked["protocol"] == "authors":
        blocks = given.get("training") or {}
        for kind, values in AUTHORS_TRAINING.items():
            checked["training"][kind] |= values | blocks.get(kind, {})
    return checked


def _resolve_trainings(config: Config) -> dict[str, Config]:
    """Return the settings of each kind of model and each variant; check what they name."""
    kinds, training = kinds_of_models(config), dict(config["training"])
    for name, variant in config["variants"].items():
        where = f"variants.{name}"
        if not NAME.fullmatch(str(name)) or name in (*KINDS_OF_MODELS, *BASELINES):
            raise InputError(
                f"{where}: name a variant with lower case letters, digits and '_', and not as a "
                f"kind of model or a baseline ({', '.join([*KINDS_OF_MODELS, *BASELINES])})"
            )
        own = {key: value for key, value in variant.items() if key != "kind"}
        block = load_block(f"train_{variant['kind']}")
        training[name] = check_block(training[variant["kind"]] | own, block, where)
    for name in config["models"]:
        _check_known("models", name, list(kinds), "models; they are kinds of models and variants")
    for name, block in training.items():
        where = f"training.{name}" if name in KINDS_OF_MODELS else f"variants.{name}"
        if block["init"] is not None:
            _check_known(f"{where}.init", block["init"], list(config["pretrained"]), "pretrained")
        elif block["freeze"] or block["batch_norm"] == "stored":
            key = "freeze" if block["freeze"] else "batch_norm"
            raise InputError(
                f"{where}.{key}: is {block[key]!r}, which needs an encoder to start from; name one "
                f"in {where}.init"
            )
    return training


def _resolve_dataset(name: str, block: Config, folder: Path, workdir: Path, results: str) -> Config:
    where = f"datasets.{name}"
    if block["kind"] not in KINDS:
        raise InputError(
            f"{where}.kind: is {block['kind']!r}; it may be one of: {', '.join(KINDS)}"
        )
    kind = KINDS[block["kind"]]
    block = check_block(block, load_block(dataset_block(block["kind"])), where)
    if block.get("demo_songs"):
        for key in kind.path_keys:
            if block.get(key) is not None:
                raise InputError(f"{where}: has both {key} and demo_songs; keep one of them")
        tree = Path(results, "demo", name, "tree")
        return block | {key: str(tree / path) for key, path in kind.demo_paths.items()}
    for key in kind.paths:
        if key not in block:
            raise InputError(f"{where}.{key}: missing; it is required")
    for key in kind.path_keys:
        if block.get(key) is not None:
            block[key] = _resolve_path(f"{where}.{key}", block[key], folder, workdir)
    for file in kind.list_files(block):
        if not (workdir / file).exists():
            kind_name = block["kind"]
            raise InputError(f"{where}: {file} is missing; see kind {kind_name} in docs/data.md")
        _refuse_braces(where, file)
    return {key: value for key, value in block.items() if key not in DEMO_KEYS}


def _resolve_target(
    name: str, target: Config, datasets: Sequence[str], source: str | None
) -> Config:
    """Fill in the data set of a target, and the label that its task needs."""
    dataset = target["dataset"]
    if dataset is not None:
        _check_known(f"targets.{name}.dataset", dataset, datasets)
    elif name not in datasets and source is not None and target["new_artists"]:
        dataset = source
    else:
        _check_known(f"targets.{name}", name, datasets)
    if not NAME.fullmatch(str(name)):
        raise InputError(f"targets.{name}: name a target with lower case letters, digits and '_'")
    if target["task"] == "classify" and target["label"] == "tags":
        raise InputError(f"targets.{name}.label: is tags; set its task to tags")
    label = {"identify": "artist", "tags": "tags"}.get(target["task"], target["label"])
    return target | {"dataset": dataset or name, "label": label}


def _join_sources(config: Config) -> None:
    """Make the data set that the sources become the source."""
    names = config["sources"]
    if config["source"] is not None:
        raise InputError("sources: there is a source, too; keep one of them")
    if len(names) < 2:
        raise InputError(f"sources: is {names}; name two or more, or one as source")
    if JOINED in config["datasets"]:
        raise InputError(f"datasets.{JOINED}: what sources become has this name; take another")
    for name in names:
        _check_known("sources", name, list(config["datasets"]))
    config["source"] = JOINED


def _join_datasets(config: Config) -> Config:
    """Check the sources, and return the block of the data set that they become."""
    parts = {name: config["datasets"][name] for name in config["sources"]}
    of_targets = {target["dataset"]: name for name, target in config["targets"].items()}
    for name, block in parts.items():
        if not KINDS[block["kind"]].has_artists:
            raise InputError(
                f"sources: {name} is of kind {block['kind']}, which has no artists; leave it out"
            )
        if name in of_targets:
            raise InputError(
                f"targets.{of_targets[name]}: {name} is trained on; take dataset: {JOINED}, and "
                "held_out or new_artists"
            )
        if block["kind"] == "fma" and block["subset"] != "small":
            block["without_small"] = True  # as for a source of its own
    excerpts = {name: block["excerpt"] for name, block in parts.items()}
    if len(set(excerpts.values())) > 1:
        shown = ", ".join(f"{name}: {excerpt}" for name, excerpt in excerpts.items())
        raise InputError(f"sources: their excerpts differ ({shown}); set the same for all")
    return {
        "kind": JOINED,
        "parts": list(parts),
        "shards": sum(block["shards"] for block in parts.values()),
        "excerpt": next(iter(excerpts.values())),
        "licence": None,
    }


def _check_source(config: Config) -> None:
    if config["source"] is None:
        if config["models"]:
            raise InputError(
                f"source: is null, and the models are {config['models']}; name the data set to "
                "train on, or set models to []"
            )
        return
    source = config["datasets"][config["source"]]
    if source["kind"] == "fma" and source["subset"] != "small":
        source["without_small"] = True  # FMA small is the usual target: keep its artists out
    if not ALL_KINDS[source["kind"]].has_artists:
        raise InputError(
            f"source: is of kind {source['kind']}, which has no artists; take another data set"
        )


def _resolve_pretrained(
    name: str,
    block: Config,
    features: Config,
    models: Sequence[str],
    folder: Path,
    workdir: Path,
) -> Config:
    where = f"pretrained.{name}"
    trained = TRAINED_NAME.fullmatch(str(name))
    if not MODEL_NAME.fullmatch(str(name)) or (trained and trained[1] in models):
        raise InputError(
            f"{where}: name an encoder with lower case letters, digits, '_' and '-', and not as a "
            "trained model (basic-5000, …)"
        )
    if name in BASELINES or name in features:
        raise InputError(f"{where}: a baseline or features of yours have this name; take another")
    text = block["model"]
    if text in KNOWN_ENCODERS:
        known = KNOWN_ENCODERS[text]
        return {"model": text, "kind": known.kind, "artists": known.artists, "files": []}
    if "/" not in text and "." not in text:
        nearest = difflib.get_close_matches(text, KNOWN_ENCODERS, n=1, cutoff=0.6)
        if nearest and not (folder / text).exists():
            raise InputError(f"{where}.model: '{text}' is not known; did you mean '{nearest[0]}'?")
    path = _resolve_path(f"{where}.model", text, folder, workdir)
    full = workdir / path
    files = [f"{path}/{part}" for part in MODEL_FILES] if full.is_dir() else [path]
    for file in files:
        if not (workdir / file).is_file():
            raise InputError(f"{where}.model: {file} is missing; name a trained model's folder")
        _refuse_braces(f"{where}.model", file)
    return block | {"model": path, "files": files}


def _resolve_features(
    name: str, files: Config, targets: Sequence[str], folder: Path, workdir: Path
) -> Config:
    where = f"features.{name}"
    if not NAME.fullmatch(str(name)) or name in BASELINES:
        raise InputError(
            f"{where}: name features with lower case letters, digits and '_', "
            f"and not as a baseline ({', '.join(BASELINES)})"
        )
    for target in files:
        _check_known(where, target, targets, "targets")
    resolved = {
        target: _resolve_path(f"{where}.{target}", path, folder, workdir)
        for target, path in files.items()
    }
    for target, path in resolved.items():
        _refuse_braces(f"{where}.{target}", path)
    return resolved


def _refuse_braces(where: str, file: str) -> None:
    """Raise InputError if a file that is an input of a rule has braces in its path."""
    if "{" in file or "}" in file:
        raise InputError(
            f"{where}: {file} has braces, which Snakemake reads as wildcards; rename the file or "
            "the folder"
        )


def expand_path(where: str, text: str) -> Path:
    """Expand environment variables and ``~`` in a path of the config.

    Raises
    ------
    InputError
        A variable is not set, or there is no such user. The message begins with `where`.
    """
    for variable in VARIABLE.findall(text):
        if not os.environ.get(variable):
            raise InputError(f"{where}: {text} needs the environment variable {variable}; set it")
    try:
        return Path(os.path.expandvars(text)).expanduser()
    except RuntimeError as error:
        raise InputError(f"{where}: {text} names a user who does not exist") from error


def _resolve_path(where: str, text: str, folder: Path, workdir: Path) -> str:
    expanded = expand_path(where, text)
    path = folder / expanded
    if not path.exists():
        raise InputError(f"{where}: {path} does not exist; set it to where the data are")
    return str(path if expanded.is_absolute() else os.path.relpath(path, workdir))


def _check_known(where: str, name: str, known: Sequence[str], block: str = "datasets") -> None:
    if name not in known:
        nearest = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
        hint = f"did you mean '{nearest[0]}'?" if nearest else f"there are: {', '.join(known)}"
        raise InputError(f"{where}: '{name}' is not one of the {block}; {hint}")


def _check_artist_sets(config: Config) -> None:
    sets = artist_sets(config)
    for count, songs in config["artists"]["songs_by_count"].items():
        where = f"artists.songs_by_count.{count}"
        if count not in sets:
            raise InputError(f"{where}: no such number in artists.count and artists.more_counts")
        if songs[0] < 2 or songs[1] < 1:
            raise InputError(
                f"{where}: is {songs}; two songs to train and one to validate are needed"
            )
    held_out = [name for name, target in config["targets"].items() if target["held_out"]]
    if held_out and config["artists"]["songs_by_count"]:
        raise InputError(
            f"artists.songs_by_count: target {held_out[0]} is held out; take the same songs for all"
        )


def _check_target(name: str, target: Config, source: str | None, datasets: Config) -> None:
    is_of_source = target["dataset"] == source
    if target["held_out"] and target["new_artists"]:
        raise InputError(f"targets.{name}: held_out and new_artists are both true; keep one")
    for key in ("held_out", "new_artists"):
        if target[key] and not is_of_source:
            of_what = "there is no source" if source is None else f"the source is '{source}'"
            raise InputError(f"targets.{name}.{key}: is true, but {of_what}")
    if is_of_source and not (target["held_out"] or target["new_artists"]):
        raise InputError(f"targets.{name}: is the source too; set held_out to true, or new_artists")
    kind = datasets[target["dataset"]]["kind"]
    if target["label"] == "artist" and not ALL_KINDS[kind].has_artists:
        raise InputError(f"targets.{name}: its label is the artist, which kind {kind} has not")
    sources = datasets[JOINED]["parts"] if source == JOINED else [source] if source else []
    for part in [] if is_of_source else sources:
        if kind == datasets[part]["kind"] == "fma" and not (
            datasets[part]["without_small"] and datasets[target["dataset"]]["subset"] == "small"
        ):
            raise InputError(
                f"targets.{name}: is FMA, as the source is: they share artists unless the target "
                "is the subset small and the source a larger one"
            )
    if target["train_fraction"] + target["valid_fraction"] >= 1:
        raise InputError(
            f"targets.{name}: train_fraction and valid_fraction add up to "
            f"{target['train_fraction'] + target['valid_fraction']:g}; leave some for the test set"
        )
