"""Checks of files: functions from tables of clips to findings.

A finding is an error if it would stop the run later (too many clips without a usable file) or make
the scores worthless (clips that are in a target and in the source). Others are warnings, because an
error stops the run: copies within a data set, files that look too small.
"""

from collections.abc import Collection

import pandas as pd

from deepartist.constants import SAMPLE_RATE_HZ
from deepartist.doctor.findings import Finding
from deepartist.process.counts import counted

# Three seconds of music take more bytes than this in every codec.
SMALLEST_BYTES = 2048
# If clips usually last 30 s, a file of a tenth of the usual size is a clip of 3 s; shorter clips
# cannot be used.
SMALLEST_FRACTION = 0.1

# What is wrong with a file in each state, and what to do.
BAD_FILES = {
    "missing": ("no file", "get them, or correct the paths"),
    "empty": ("empty file (0 bytes)", "get them again, or remove them"),
    "unreadable": ("no permission to read", "give permission (chmod u+r)"),
}
NO_COPIES = {"same file": "no equal files found", "same sound": "no two clips sound the same"}


def check_clips(
    clips: pd.DataFrame,
    decoded_clips: pd.DataFrame | None,
    source: str | None,
    targets: Collection[str],
    max_failed_fraction: float,
) -> list[Finding]:
    """Run all checks of this module on the clips of all data sets.

    Parameters
    ----------
    clips : pd.DataFrame
        From `deepartist.doctor.files.describe_files`.
    decoded_clips : pd.DataFrame or None
        From `deepartist.doctor.sound.describe_sounds`, for the clips whose files can be read; None
        if they were not decoded.
    source : str or None
        The data set that models learn from.
    targets : collection of str
        The data sets that models are evaluated on.
    max_failed_fraction : float
        The run stops if more than this fraction of a data set's clips cannot be used.
    """
    findings = []
    for name, of_dataset in clips.groupby("dataset", sort=False):
        findings += check_files(str(name), of_dataset, max_failed_fraction)
    readable = clips[clips["state"] == "ok"]
    has_equal_size = readable["size"].duplicated(keep=False)
    for name, of_dataset in readable.groupby("dataset", sort=False):
        n_not_compared = int(of_dataset["digest"].isna().sum())
        n_equal_size = int(has_equal_size[of_dataset.index].sum())
        findings += check_compared(str(name), n_not_compared, n_equal_size)
    same_files = readable.assign(group=readable["digest"].fillna(""))
    findings += check_duplicates("same file", same_files, source, targets)
    if decoded_clips is None:
        return findings
    n_clips_of = clips["dataset"].value_counts()
    for name, of_dataset in decoded_clips.groupby("dataset", sort=False):
        n_clips = int(n_clips_of[str(name)])
        n_failed = n_clips - len(of_dataset)
        findings += check_sounds(str(name), of_dataset, n_failed, n_clips, max_failed_fraction)
    is_usable = decoded_clips["reason"] == ""
    same_sounds = decoded_clips[is_usable].assign(group=lambda clips: clips["sound"])
    # copies of a file sound the same, but they were reported above
    is_copy = same_sounds.duplicated(["group", "digest"]) & (same_sounds["digest"] != "")
    return findings + check_duplicates("same sound", same_sounds[~is_copy], source, targets)


def check_files(dataset: str, songs: pd.DataFrame, max_failed_fraction: float) -> list[Finding]:
    """Look for files that are missing, empty, unreadable or suspiciously small.

    Parameters
    ----------
    dataset : str
    songs : pd.DataFrame [columns=(path, size, state)]
        As in `check_clips`.
    max_failed_fraction : float
        If more than this fraction of the clips cannot be used, it is an error, because the run
        would stop.
    """
    bad = songs[songs["state"] != "ok"]
    if bad.empty:
        text = f"all {counted(len(songs), 'clip')} are there and can be read"
        findings = [Finding(dataset, "files", "ok", len(songs), text)]
    else:
        level, limit = _judge_failures(len(bad), len(songs), max_failed_fraction)
        findings = [
            Finding(
                dataset,
                "files",
                level,
                len(clips),
                f"{what}: {len(clips):,} of {counted(len(songs), 'clip')}, such as "
                f"{clips['path'].iloc[0]}; {advice}{limit}",
            )
            for state, (what, advice) in BAD_FILES.items()
            if len(clips := bad[bad["state"] == state])
        ]
    return findings + _check_sizes(dataset, songs[songs["state"] == "ok"])


def check_duplicates(
    check: str, songs: pd.DataFrame, source: str | None, targets: Collection[str]
) -> list[Finding]:
    """Look for songs that occur twice: in a target and the source, or within a data set.

    Parameters
    ----------
    check : str
        What equal songs have in common: ``same file`` or ``same sound``.
    songs : pd.DataFrame [columns=(dataset, path, group)]
        Songs of all data sets. Equal songs have the same `group`; it is empty for a song that
        equals no other.
    source : str or None
        The data set that models learn from.
    targets : collection of str
        The data sets that models are evaluated on.
    """
    grouped = songs[songs["group"] != ""]
    findings = []
    for dataset in songs["dataset"].unique():
        of_dataset = grouped[grouped["dataset"] == dataset]
        duplicates = []
        if dataset in targets and dataset != source:
            of_source = grouped[grouped["dataset"] == source].drop_duplicates("group")
            in_both = of_dataset.merge(of_source, on="group", suffixes=("", "_source"))
            if len(in_both):
                first = in_both.iloc[0]
                text = (
                    f"{counted(len(in_both), 'clip')} of the target also in the source {source}, "
                    f"such as {first.path} = {first.path_source}; models would be evaluated on "
                    "songs that they learned from: remove them from one of the two"
                )
                duplicates.append(Finding(dataset, check, "error", len(in_both), text))
        copies = of_dataset[of_dataset["group"].duplicated()]
        if len(copies):
            copy = copies.iloc[0]
            original = of_dataset.loc[of_dataset["group"] == copy.group, "path"].iloc[0]
            text = (
                f"{counted(len(copies), 'clip')} more than once in the data set, such as "
                f"{copy.path} = {original}; keep one of each"
            )
            duplicates.append(Finding(dataset, check, "warning", len(copies), text))
        findings += duplicates or [Finding(dataset, check, "ok", 0, NO_COPIES[check])]
    return findings


def check_compared(dataset: str, n_not_compared: int, n_equal_size: int) -> list[Finding]:
    """Report how many files of equal size were not compared because time ran out, if any."""
    if not n_not_compared:
        return []
    text = (
        f"not compared, because time ran out: {n_not_compared:,} of "
        f"{counted(n_equal_size, 'file')} with the size of another file; deepartist doctor --deep "
        "compares all"
    )
    return [Finding(dataset, "same file", "note", n_not_compared, text)]


def check_sounds(
    dataset: str, sounds: pd.DataFrame, n_failed: int, n_clips: int, max_failed_fraction: float
) -> list[Finding]:
    """Look for clips that cannot be used, for low sample rates, and for what was put right.

    Parameters
    ----------
    dataset : str
    sounds : pd.DataFrame [columns=(path, reason, sample_rate_hz, notes)]
        Results of decoding, see `deepartist.doctor.sound.Sound`.
    n_failed : int
        Number of clips whose files could not be read, so that they were not decoded.
    n_clips : int
        Number of all clips of the data set.
    max_failed_fraction : float
        As in `check_files`.
    """
    failed = sounds[sounds["reason"] != ""]
    usable_clips = sounds[sounds["reason"] == ""]
    level, limit = _judge_failures(n_failed + len(failed), n_clips, max_failed_fraction)
    reason_without_details = failed["reason"].str.split(" (", n=1, regex=False).str[0]
    findings = [
        Finding(
            dataset,
            "sound",
            level,
            len(clips),
            f"{reason}: {len(clips):,} of {counted(n_clips, 'clip')}, such as "
            f"{clips['path'].iloc[0]}{_details(clips['reason'].iloc[0])}; the run leaves them out: "
            f"get them again, or remove them{limit}",
        )
        for reason, clips in failed.groupby(reason_without_details)
    ]
    if failed.empty:
        text = f"{counted(len(usable_clips), 'clip')} can be used"
        findings = [Finding(dataset, "sound", "ok", len(usable_clips), text)]
    n_clips_of_rate = usable_clips["sample_rate_hz"].value_counts().sort_index()
    if len(n_clips_of_rate):
        text = ", ".join(
            f"{rate:,} Hz: {counted(n, 'clip')}" for rate, n in n_clips_of_rate.items()
        )
        findings.append(Finding(dataset, "sample rate", "note", len(usable_clips), text))
    low = usable_clips[usable_clips["sample_rate_hz"] < SAMPLE_RATE_HZ]
    if len(low):
        text = (
            f"{counted(len(low), 'clip')} below {SAMPLE_RATE_HZ:,} Hz, such as "
            f"{low['path'].iloc[0]}; their upper mel bands are empty, and a model can tell them "
            "from others by that: get files of a higher sample rate"
        )
        findings.append(Finding(dataset, "sample rate", "warning", len(low), text))
    mended = usable_clips[usable_clips["notes"] != ""]
    if len(mended):
        text = (
            f"{counted(len(mended), 'clip')} with something wrong that was put right, such as "
            f"{mended['path'].iloc[0]}: {mended['notes'].iloc[0]}"
        )
        findings.append(Finding(dataset, "sound", "note", len(mended), text))
    return findings


def _check_sizes(dataset: str, songs: pd.DataFrame) -> list[Finding]:
    suffix = songs["path"].str.rsplit(".", n=1).str[-1].str.lower()
    median = songs.groupby(suffix)["size"].transform("median")
    small = songs[(songs["size"] < SMALLEST_BYTES) | (songs["size"] < SMALLEST_FRACTION * median)]
    if small.empty:
        return []
    first = small.iloc[0]
    text = (
        f"{counted(len(small), 'file')} much smaller than others, such as {first.path} with "
        f"{counted(first['size'], 'byte')}; deepartist doctor --deep checks whether it can be used"
    )
    return [Finding(dataset, "file sizes", "warning", len(small), text)]


def _judge_failures(n_failed: int, n_clips: int, max_failed_fraction: float) -> tuple[str, str]:
    """Return the level of findings about failed clips, and a reason if it is an error.

    With an error, the run would stop in `deepartist.mels.list_clips`.
    """
    if n_failed <= max_failed_fraction * n_clips and n_failed < n_clips:
        return "warning", ""
    return "error", (
        f" (the run stops if more than max_failed_fraction = {max_failed_fraction:g} of the clips "
        "cannot be used)"
    )


def _details(reason: str) -> str:
    _, bracket, rest = reason.partition(" (")
    return bracket + rest
