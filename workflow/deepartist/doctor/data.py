"""The data sets of a config, loaded and handed to the checks."""

import contextlib
import importlib
import io
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from deepartist.config.kinds import KINDS, artist_list
from deepartist.config.run import Config, artist_sets
from deepartist.datasets.artist_list import read_artist_list
from deepartist.doctor.file_checks import check_clips
from deepartist.doctor.files import describe_files
from deepartist.doctor.findings import Finding
from deepartist.doctor.song_checks import check_songs
from deepartist.doctor.songs import Training, select_songs
from deepartist.process.errors import InputError

# Keys of a data set's block that its loader does not take.
OTHER_KEYS = ("kind", "shards", "excerpt")
QUICK_COMPARISON_S = 5.0


def check_data(config: Config, deep: bool) -> list[Finding]:
    """Load the data sets of a resolved config and put them through the checks.

    Parameters
    ----------
    config : Config
        Resolved, see `deepartist.config.run.resolve_config`.
    deep : bool
        Decode every clip too.

    Returns
    -------
    list of Finding
        Data set by data set, in the order of the config.
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
    usable = clips[clips["state"] == "ok"]
    heard = None
    if deep:
        from deepartist.doctor.sound import describe_sounds

        heard = describe_sounds(usable)
        usable = heard[heard["reason"] == ""]
    manifests = _keep_usable(manifests, usable)
    training = Training(
        source=source,
        published=_read_published(datasets[source]) if source in manifests else None,
        artist_sets=artist_sets(config),
        count=config["artists"]["count"],
        without_targets=config["artists"]["without_targets"],
        has_tag_model="tag" in config["models"],
    )
    catalogues = {
        name: block["kind"] if KINDS[block["kind"]].has_artist_catalogue else None
        for name, block in datasets.items()
    }
    findings += check_clips(clips, heard, source, targets, config["max_failed_fraction"])
    targets = {name: target for name, target in targets.items() if name in manifests}
    selection = select_songs(manifests, training, targets)
    findings += check_songs(manifests, selection, training, targets, catalogues)
    order = list(datasets)
    return sorted(findings, key=lambda finding: order.index(finding.dataset))


def load_datasets(
    datasets: Mapping[str, Mapping[str, Any]],
) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
    """Load the manifests of those data sets that lie on the disk.

    Returns
    -------
    manifests : dict of str to pd.DataFrame
        By name, without those that a loader refused.
    findings : list of Finding
        The licence of each, why a loader refused, and what loaders reported.
    """
    manifests, findings = {}, []
    for name, block in datasets.items():
        if block.get("demo_songs"):
            text = "synthesised by the run: nothing to look at before"
            findings.append(Finding(name, "files", "note", 0, text))
            continue
        findings.append(Finding(name, "licence", "note", 0, KINDS[block["kind"]].licence))
        manifest, found = _load(name, block)
        findings += found
        if manifest is not None:
            manifests[name] = manifest
    return manifests, findings


def _load(name: str, block: Mapping[str, Any]) -> tuple[pd.DataFrame | None, list[Finding]]:
    """Load a manifest, None where the loader refuses; what it says on stderr becomes notes."""
    loader = importlib.import_module(f"deepartist.datasets.{block['kind']}")
    settings = {key: value for key, value in block.items() if key not in OTHER_KEYS}
    said = io.StringIO()
    manifest, refusal = None, []
    try:
        with contextlib.redirect_stderr(said):
            manifest = loader.load(**settings)
    except (InputError, OSError) as error:
        refusal = [Finding(name, "loader", "error", 0, str(error))]
    notes = [
        Finding(name, "loader", "note", _leading_number(line), line)
        for line in said.getvalue().splitlines()
    ]
    return manifest, notes + refusal


def _leading_number(line: str) -> int:
    number = re.match("[0-9]+", line)
    return int(number[0]) if number else 0


def _keep_usable(
    manifests: Mapping[str, pd.DataFrame], usable: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Keep the usable clips of each manifest, or all where none is usable.

    Where no clip lies on the disk yet, the lists can be checked all the same.
    """
    kept = {}
    for name, manifest in manifests.items():
        is_usable = manifest["clip_id"].isin(usable.loc[usable["dataset"] == name, "clip_id"])
        kept[name] = manifest.loc[is_usable] if is_usable.any() else manifest
    return kept


def _read_published(block: Mapping[str, Any]) -> list[tuple[str, int, int]] | None:
    path = artist_list(block)
    return None if path is None else read_artist_list(Path(path))
