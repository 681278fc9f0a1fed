"""The config of a run: checked, with defaults, data paths resolved, before any job runs."""

import difflib
import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from deepartist.config.settings import check_block, load_schema
from deepartist.process.errors import InputError

NAME = re.compile(r"[a-z][a-z0-9_]*")
VARIABLE = re.compile(r"\$\{?(\w+)\}?")
FOLDER_KINDS = ("gtzan", "library")
PATH_KEYS = ("path", "lists", "lastfm", "table", "splits")
DEMO_KEYS = ("demo_songs", "demo_artists")
BASELINES = ("random", "mfcc", "librosa")


def resolve_config(config: dict, folder: Path, workdir: Path) -> dict:
    """Check a config and make it ready for the rules.

    Parameters
    ----------
    config : dict
        What the config file holds.
    folder : Path
        Where the config file lies; relative data paths start there.
    workdir : Path
        Where the run happens; relative data paths come out relative to it, so that the same
        clone elsewhere is the same run.

    Returns
    -------
    dict
        The config with every default in place, and those data sets that are source or target.

    Raises
    ------
    InputError
        The first thing that is wrong, in one line.
    """
    config = check_block(config, load_schema())
    songs_by_count = config["artists"]["songs_by_count"]  # YAML reads its keys as numbers
    config["artists"] |= {"songs_by_count": {str(n): songs for n, songs in songs_by_count.items()}}
    for name in config["datasets"]:
        if not NAME.fullmatch(str(name)):  # YAML reads some names as numbers
            raise InputError(
                f"datasets.{name}: name a data set with lower case letters, digits and '_'"
            )
    _check_known("source", config["source"], config["datasets"])
    for name in config["targets"]:
        _check_known(f"targets.{name}", name, config["datasets"])
    config["datasets"] = {
        name: _resolve_dataset(name, block, folder, workdir)
        for name, block in config["datasets"].items()
        if name == config["source"] or name in config["targets"]
    }
    source = config["datasets"][config["source"]]
    if source["kind"] == "fma" and source["subset"] != "small":
        source["without_small"] = True  # its artists are those of the usual target
    if source["kind"] == "gtzan":
        raise InputError("source: is of kind gtzan, which has no artists; take another data set")
    _check_artist_sets(config)
    for name, target in config["targets"].items():
        _check_target(name, target, config["source"], config["datasets"])
    config["features"] = {
        name: _resolve_features(name, files, config["targets"], folder, workdir)
        for name, files in config["features"].items()
    }
    return config


def data_files(block: dict) -> list[str]:
    """List the files that the loader of a resolved data set reads, beside the clips themselves.

    Paths start from the current folder, where a file that need not be there is looked for.
    """
    path, lists = block["path"], block.get("lists")
    match block["kind"]:
        case "msd":
            names = ("msd-artist-list.pkl", "7D_id_to_path.pkl", "MSD_id_to_7D_id.pkl")
            tags = ("filtered_list_train.cP", "filtered_list_test.cP", "msd_id_to_tag_vector.cP")
            names = names if block.get("lastfm") else (*names, *tags, "50tagList.txt")
            files = [f"{lists or path}/{name}" for name in names]
            files += [block["lastfm"]] if block.get("lastfm") else []
            return [*files, *_present(f"{lists or path}/unique_tracks.txt")]
        case "gtzan":
            return [lists] if lists else []
        case "fma":
            metadata = f"{path}/fma_metadata"
            return [f"{metadata}/tracks.csv", *_present(f"{metadata}/genres.csv")]
        case "jamendo":
            names_file = str(Path(block["table"]).with_name("raw.meta.tsv"))
            splits = sorted(Path(block["splits"]).glob("*.tsv")) if block.get("splits") else []
            return [block["table"], *_present(names_file), *map(str, splits)]
        case "table":
            return [path]
        case _:
            return []


def _present(path: str) -> list[str]:
    """List a file that need not be there, if it is."""
    return [path] if Path(path).is_file() else []


def artist_sets(config: dict) -> dict[str, dict]:
    """Say, for each number of artists of a resolved config, how its artist set is cut.

    Returns
    -------
    dict of str to dict
        Number of artists, as text, in ascending order, to the settings of the split: ``count``,
        ``songs_train``, ``songs_valid``, ``songs_test`` and ``seed``.
    """
    block = config["artists"]
    parts = ("songs_train", "songs_valid", "songs_test")
    sets = {}
    for count in sorted({block["count"], *block["more_counts"]}):
        songs = block["songs_by_count"].get(str(count), [block[part] for part in parts])
        sets[str(count)] = {
            "count": count,
            **dict(zip(parts, songs, strict=True)),
            "seed": block["seed"],
        }
    return sets


def list_folder(block: dict) -> str:
    """Hash the names, sizes and times of the files of a data set that is known by its folder.

    Hidden files do not count: the loaders skip them, and file managers write them. Other kinds are
    known by their lists, which the workflow watches as files.
    """
    if block["kind"] not in FOLDER_KINDS or block.get("demo_songs"):
        return ""
    digest = hashlib.sha256()
    for folder, folders, names in os.walk(block["path"]):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            path = Path(folder, name)
            status = path.lstat()
            digest.update(os.fsencode(path.relative_to(block["path"])))
            digest.update(f"\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return digest.hexdigest()[:12]


def _resolve_dataset(name: str, block: dict, folder: Path, workdir: Path) -> dict:
    where = f"datasets.{name}"
    block = check_block(block, load_schema()["$defs"][f"dataset_{block['kind']}"], where)
    if block.get("demo_songs"):
        for key in PATH_KEYS:
            if block.get(key) is not None:
                raise InputError(f"{where}: has both {key} and demo_songs; keep one of them")
        return block | _demo_paths(name, block["kind"])
    for key in ("path", "table") if block["kind"] == "jamendo" else ("path",):
        if key not in block:
            raise InputError(f"{where}.{key}: missing; it is required")
    for key in PATH_KEYS:
        if block.get(key) is not None:
            block[key] = _resolve_path(f"{where}.{key}", block[key], folder, workdir)
    for file in data_files(block):
        if not (workdir / file).exists():
            raise InputError(f"{where}: {file} is not there; see kind {block['kind']} in README.md")
        if "{" in file or "}" in file:
            raise InputError(
                f"{where}: {file} has braces, wildcards to Snakemake; rename the folder"
            )
    return {key: value for key, value in block.items() if key not in DEMO_KEYS}


def _resolve_features(
    name: str, files: dict, targets: Sequence[str], folder: Path, workdir: Path
) -> dict:
    where = f"features.{name}"
    if not NAME.fullmatch(str(name)) or name in BASELINES:
        raise InputError(
            f"{where}: name features with lower case letters, digits and '_', "
            f"and not as a baseline ({', '.join(BASELINES)})"
        )
    for target in files:
        _check_known(where, target, targets, "targets")
    return {
        target: _resolve_path(f"{where}.{target}", path, folder, workdir)
        for target, path in files.items()
    }


def _demo_paths(name: str, kind: str) -> dict:
    tree = f"results/demo/{name}/tree"
    match kind:
        case "gtzan":
            return {"path": tree, "lists": f"{tree}/lists.yaml"}
        case "table":
            return {"path": f"{tree}/clips.csv"}
        case _:
            return {"path": tree}


def _resolve_path(where: str, text: str, folder: Path, workdir: Path) -> str:
    for variable in VARIABLE.findall(text):
        if not os.environ.get(variable):
            raise InputError(f"{where}: {text} needs the environment variable {variable}; set it")
    try:
        expanded = Path(os.path.expandvars(text)).expanduser()
    except RuntimeError as error:
        raise InputError(f"{where}: {text} names a user that there is not") from error
    path = folder / expanded
    if not path.exists():
        raise InputError(f"{where}: {path} does not exist; give the place of the data")
    return str(path if expanded.is_absolute() else os.path.relpath(path, workdir))


def _check_known(where: str, name: str, known: Sequence[str], block: str = "datasets") -> None:
    if name not in known:
        nearest = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
        hint = f"did you mean '{nearest[0]}'?" if nearest else f"there are: {', '.join(known)}"
        raise InputError(f"{where}: '{name}' is not one of the {block}; {hint}")


def _check_artist_sets(config: dict) -> None:
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


def _check_target(name: str, target: dict, source: str, datasets: dict) -> None:
    if name == source and not target["held_out"]:
        raise InputError(f"targets.{name}: is the source too; set held_out to true")
    if name != source and target["held_out"]:
        raise InputError(f"targets.{name}.held_out: is true, but the source is '{source}'")
    kind = datasets[name]["kind"]
    both_fma = name != source and kind == datasets[source]["kind"] == "fma"
    if both_fma and not (datasets[source]["without_small"] and datasets[name]["subset"] == "small"):
        raise InputError(
            f"targets.{name}: is FMA, as the source is: they share artists unless the target is "
            "the subset small and the source a larger one"
        )
    if target["train_fraction"] + target["valid_fraction"] >= 1:
        raise InputError(
            f"targets.{name}: train_fraction and valid_fraction add up to "
            f"{target['train_fraction'] + target['valid_fraction']:g}; leave some for the test set"
        )
