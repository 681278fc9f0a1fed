"""The data sets of a config, loaded and put through the checks."""

import contextlib
import importlib
import io
import os
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from deepartist.config.run import artist_sets
from deepartist.datasets.artist_list import read_artist_list
from deepartist.doctor import file_checks as checks
from deepartist.doctor.files import compare_files, look_at_files
from deepartist.doctor.findings import Finding
from deepartist.process.errors import InputError
from deepartist.splits.label_target import label_target
from deepartist.splits.split_artists import cut_artists, published_order, seeded_order
from deepartist.splits.split_table import has_artist, shares_artist

# Not for the loader.
OTHER_KEYS = ("kind", "shards", "excerpt")
# Catalogues whose ids of artists mean the same in each data set of the kind.
CATALOGUES = ("fma", "jamendo", "msd")
# Of clips as they lie on the disk, not of lists.
FILE_CHECKS = ("loader", "files", "file sizes")
QUICK_COMPARISON_S = 5.0


def check_data(config: dict, deep: bool) -> list[Finding]:
    """Load the data sets of a resolved config and put them through the checks.

    Returns
    -------
    list of Finding
        Data set by data set, in the order of the config.
    """
    findings, manifests = [], {}
    for name, block in config["datasets"].items():
        if block.get("demo_songs"):
            text = "synthesised by the run: nothing to look at before"
            findings.append(Finding(name, "files", "note", 0, text))
            continue
        findings.append(checks.note_licence(name, block["kind"]))
        manifest, found = load_dataset(name, block)
        findings += found
        if manifest is not None:
            manifests[name] = manifest
    if manifests:
        findings += _check_manifests(config, manifests, deep)
    order = list(config["datasets"])
    return sorted(findings, key=lambda finding: order.index(finding.dataset))


def load_dataset(name: str, block: Mapping) -> tuple[pd.DataFrame | None, list[Finding]]:
    """Load the manifest of a data set by the loader of its kind.

    Returns
    -------
    manifest : pd.DataFrame or None
        None where the loader refused.
    findings : list of Finding
        Why it refused, or what it said on the way.
    """
    loader = importlib.import_module(f"deepartist.datasets.{block['kind']}")
    settings = {key: value for key, value in block.items() if key not in OTHER_KEYS}
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            manifest, refusal = loader.load(**settings), []
    except (InputError, OSError) as error:
        manifest, refusal = None, [Finding(name, "loader", "error", 0, str(error))]
    notes = [
        Finding(name, "loader", "note", int(re.match("[0-9]*", line)[0] or 0), line)
        for line in said.getvalue().splitlines()
    ]
    return manifest, notes + refusal


def _check_manifests(config: dict, manifests: dict[str, pd.DataFrame], deep: bool) -> list[Finding]:
    songs = pd.concat(
        [manifest.assign(dataset=name) for name, manifest in manifests.items()], ignore_index=True
    )
    songs = songs.join(look_at_files(songs["path"]))
    findings = []
    for name, own in songs.groupby("dataset", sort=False):
        findings += checks.check_files(name, own, config["max_failed_fraction"])
    usable = songs[songs["state"] == "ok"]
    usable = usable.assign(group=compare_files(usable, np.inf if deep else QUICK_COMPARISON_S))
    findings += _check_contents(config, usable)
    if deep:
        found, usable = _check_sounds(config, usable, songs["dataset"].value_counts())
        findings += found
    # Where no clip lies on the disk yet, the lists can be looked at all the same.
    present = {
        name: manifest.loc[is_there] if is_there.any() else manifest
        for name, manifest in manifests.items()
        for is_there in [manifest["clip_id"].isin(usable.loc[usable["dataset"] == name, "clip_id"])]
    }
    return findings + _check_source(config, present) + _check_targets(config, present)


def _check_contents(config: dict, usable: pd.DataFrame) -> list[Finding]:
    is_alike = usable["size"].duplicated(keep=False)
    findings = []
    for name, own in usable.groupby("dataset", sort=False):
        n_late = int(own["group"].isna().sum())
        findings += checks.check_compared(name, n_late, int(is_alike[own.index].sum()))
    usable = usable.fillna({"group": ""})
    return findings + checks.check_duplicates(
        "same file", usable, config["source"], config["targets"]
    )


def _check_sounds(
    config: dict, usable: pd.DataFrame, n_clips: pd.Series
) -> tuple[list[Finding], pd.DataFrame]:
    """Decode clips; return what was found, and those that can be used."""
    from deepartist.doctor.sound import group_near_identical, listen_all

    findings, heard, outlines = [], [], []
    for name, own in usable.groupby("dataset", sort=False):
        excerpt = config["datasets"][name]["excerpt"]
        sounds = listen_all(own["path"].tolist(), excerpt, os.cpu_count() or 1, name)
        own = own.assign(
            reason=[sound.reason for sound in sounds],
            sample_rate_hz=[sound.sample_rate_hz for sound in sounds],
        )
        n = int(n_clips[name])
        findings += checks.check_sounds(name, own, n - len(own), n, config["max_failed_fraction"])
        heard.append(own[own["reason"] == ""])
        outlines += [sound.outline for sound in sounds if sound.outline is not None]
    if not outlines:
        return findings, usable.iloc[:0]
    usable = pd.concat(heard)
    groups = group_near_identical(np.stack(outlines)).astype(str)
    alike = usable.assign(digest=usable["group"], group=groups)
    # a copy of a file sounds the same, which has been said
    is_copy = alike.duplicated(["group", "digest"]) & (alike["digest"] != "")
    findings += checks.check_duplicates(
        "same sound", alike[~is_copy], config["source"], config["targets"]
    )
    return findings, usable


def _check_source(config: dict, manifests: dict[str, pd.DataFrame]) -> list[Finding]:
    source = config["source"]
    if source not in manifests:
        return []
    manifest = manifests[source]
    block = config["datasets"][source]
    if block["kind"] == "msd":
        artists = published_order(_published(block))["label"]
    else:
        artists = manifest.loc[has_artist(manifest), "artist_id"]
    is_learned = pd.Series(True, index=manifest.index)
    if config["artists"]["without_targets"]:
        others = [manifests[name] for name in config["targets"] if name in manifests]
        is_learned = ~shares_artist(manifest, [other for other in others if other is not manifest])
    artists = artists[~artists.isin(manifest.loc[~is_learned, "artist_id"])]
    findings = checks.check_artist_sets(source, artists.value_counts(), artist_sets(config))
    if "tag" in config["models"]:
        findings.append(checks.check_tags(source, manifest.loc[is_learned, "tags"]))
    return findings


def _check_targets(config: dict, manifests: dict[str, pd.DataFrame]) -> list[Finding]:
    source, findings = config["source"], []
    kind_of = {name: block["kind"] for name, block in config["datasets"].items()}
    for name, target in config["targets"].items():
        if name not in manifests:
            continue
        manifest = manifests[name]
        try:
            held_out_of = _artist_set(config, manifest) if target["held_out"] else None
        except InputError:  # found by the check of the artist sets already
            continue
        try:
            labels = label_target(
                manifest,
                *(target[key] for key in ("label", "train_fraction", "valid_fraction", "seed")),
                held_out_of,
            )
        except InputError as error:
            findings.append(Finding(name, "labels", "error", 0, str(error)))
            continue
        findings += checks.check_labels(name, labels, target["label"])
        described = manifest.drop(columns=["genre", "split"]).merge(labels, on="clip_id")
        if target["label"] == "genre":
            keys = checks.artist_keys(described, by_id=kind_of[name] in CATALOGUES)
            findings.append(checks.check_parts(name, described.assign(key=keys)))
        if source in manifests and name != source:
            by_id = kind_of[name] == kind_of[source] and kind_of[name] in CATALOGUES
            keys = checks.artist_keys(manifests[source], by_id)
            described = described.assign(key=checks.artist_keys(described, by_id))
            without = config["artists"]["without_targets"]
            findings.append(checks.check_artists(name, described, source, keys, without))
    return findings


def _artist_set(config: dict, manifest: pd.DataFrame) -> pd.DataFrame:
    """Cut the artist set of the models, as `deepartist.splits.split_artists` will."""
    block = artist_sets(config)[str(config["artists"]["count"])]
    songs = [block[key] for key in ("songs_train", "songs_valid", "songs_test")]
    dataset = config["datasets"][config["source"]]
    if dataset["kind"] == "msd":
        order = published_order(_published(dataset))
    else:
        order = seeded_order(manifest, sum(songs), block["seed"])
    return cut_artists(order, block["count"], *songs)


def _published(block: Mapping) -> list[tuple[str, int, int]]:
    return read_artist_list(Path(block["lists"] or block["path"]) / "msd-artist-list.pkl")
