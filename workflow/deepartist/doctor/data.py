"""Loading the data sets of a config and running all checks on them."""

import contextlib
import importlib
import io
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from deepartist.config.kinds import ALL_KINDS, JOINED, KINDS, artist_list
from deepartist.config.run import Config, artist_sets, kinds_of_models
from deepartist.datasets.artist_list import read_artist_list
from deepartist.datasets.join_manifests import join_manifests
from deepartist.doctor.file_checks import check_clips
from deepartist.doctor.files import describe_files
from deepartist.doctor.findings import Finding
from deepartist.doctor.song_checks import check_neighbours, check_songs
from deepartist.doctor.songs import Training, select_songs
from deepartist.process.errors import InputError

# Keys of a data set's block that are not arguments of its loader.
OTHER_KEYS = ("kind", "shards", "excerpt", "licence")
QUICK_COMPARISON_S = 5.0


def check_data(config: Config, deep: bool) -> list[Finding]:
    """Load the data sets of a resolved config and check them.

    Parameters
    ----------
    config : Config
        A config from `deepartist.config.run.resolve_config`.
    deep : bool
        Decode every clip, too.

    Returns
    -------
    list of Finding
        Sorted by data set, in the order of the config.
    """
    datasets, source, targets = config["datasets"], config["source"], config["targets"]
    manifests, findings = load_datasets(datasets)
    if not manifests:
        return findings
    clips = pd.concat(
        [
            manifest.assign(dataset=name, excerpt=datasets[name]["excerpt"])
            for name, manifest in manifests.items()
        ],
        ignore_index=True,
    )
    clips = describe_files(clips, math.inf if deep else QUICK_COMPARISON_S)
    usable_clips = clips[clips["state"] == "ok"]
    decoded_clips = None
    if deep:
        from deepartist.doctor.sound import describe_sounds

        decoded_clips = describe_sounds(usable_clips)
        usable_clips = decoded_clips[decoded_clips["reason"] == ""]
    manifests = _keep_usable_clips(manifests, usable_clips)
    training = Training(
        source=source,
        published=_read_published(datasets[source]) if source and source in manifests else None,
        artist_sets=artist_sets(config),
        count=config["artists"]["count"],
        without_targets=config["artists"]["without_targets"],
        has_tag_model="tag" in [kinds_of_models(config)[model] for model in config["models"]],
        identification=config["identification"],
    )
    catalogues = {
        name: block["kind"] if ALL_KINDS[block["kind"]].has_artist_catalogue else None
        for name, block in datasets.items()
    }
    of_targets = {target["dataset"] for target in targets.values()}
    findings += check_clips(clips, decoded_clips, source, of_targets, config["max_failed_fraction"])
    targets = {name: block for name, block in targets.items() if block["dataset"] in manifests}
    selection = select_songs(manifests, training, targets)
    findings += check_songs(manifests, selection, training, targets, catalogues)
    for name, labels in selection.labels.items():
        if targets[name]["task"] != "classify":
            continue
        findings += check_neighbours(name, labels, config["evaluation"]["neighbours"])
    order = [*datasets, *targets]
    return sorted(findings, key=lambda finding: order.index(finding.dataset))


def load_datasets(
    datasets: Mapping[str, Mapping[str, Any]],
) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
    """Load the manifests of the data sets that are not synthesised by the run.

    Returns
    -------
    manifests : dict of str to pd.DataFrame
        By name, without data sets that could not be loaded.
    findings : list of Finding
        The licence of each data set, the errors of loaders, and what loaders printed.
    """
    manifests, findings = {}, []
    for name, block in datasets.items():
        if block["kind"] == JOINED:
            continue
        if block.get("demo_songs"):
            text = "synthesised by the run: nothing to check before it"
            findings.append(Finding(name, "files", "note", 0, text))
            continue
        findings.append(
            Finding(
                name, "licence", "note", 0, block.get("licence") or KINDS[block["kind"]].licence
            )
        )
        manifest, loader_findings = _load(name, block)
        findings += loader_findings
        if manifest is not None:
            manifests[name] = manifest
    if JOINED in datasets:
        # Their clips are checked as clips of what they are joined to. If a part is missing or is
        # not synthesised yet, artists cannot be counted, and the others' clips are checked alone.
        names = datasets[JOINED]["parts"]
        if all(name in manifests for name in names):
            manifests[JOINED] = join_manifests({name: manifests.pop(name) for name in names})
    return manifests, findings


def _load(name: str, block: Mapping[str, Any]) -> tuple[pd.DataFrame | None, list[Finding]]:
    """Load a manifest, or None if the loader raises an error; lines on stderr become notes."""
    loader = importlib.import_module(f"deepartist.datasets.{block['kind']}")
    settings = {key: value for key, value in block.items() if key not in OTHER_KEYS}
    stderr = io.StringIO()
    manifest, errors = None, []
    try:
        with contextlib.redirect_stderr(stderr):
            manifest = loader.load(**settings)
    except (InputError, OSError) as error:
        errors = [Finding(name, "loader", "error", 0, str(error))]
    notes = [
        Finding(name, "loader", "note", _leading_number(line), line)
        for line in stderr.getvalue().splitlines()
    ]
    return manifest, notes + errors


def _leading_number(line: str) -> int:
    number = re.match("[0-9]+", line)
    return int(number[0]) if number else 0


def _keep_usable_clips(
    manifests: Mapping[str, pd.DataFrame], usable_clips: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Keep the usable clips of each manifest, or all clips if none of them is usable.

    So the lists can be checked even before the clips are on the disk.
    """
    kept = {}
    for name, manifest in manifests.items():
        of_dataset = usable_clips[usable_clips["dataset"] == name]
        is_usable = manifest["clip_id"].isin(of_dataset["clip_id"])
        kept[name] = manifest.loc[is_usable] if is_usable.any() else manifest
    return kept


def _read_published(block: Mapping[str, Any]) -> list[tuple[str, int, int]] | None:
    path = artist_list(block)
    return None if path is None else read_artist_list(Path(path))
