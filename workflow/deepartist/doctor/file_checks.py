"""What can be wrong with files: functions from tables of clips to findings.

What stops the run later is an error: too many clips without a file that can be used. So is what
makes the scores worthless: clips of a target that the source has too. Everything else is a warning,
because an error stops a run: copies within a data set, files that look too small.
"""

from collections.abc import Collection

import pandas as pd

from deepartist.constants import SAMPLE_RATE_HZ
from deepartist.doctor.findings import Finding, counted

# Three seconds of music take more bytes than this in every codec.
SMALLEST_BYTES = 2048
# In a set of 30 s clips, a file of a tenth of the usual size is a clip of 3 s, the shortest one
# that is used.
SMALLEST_FRACTION = 0.1

# What is wrong with a file in each state, and what to do.
BAD_FILES = {
    "missing": ("no file", "get them, or correct the paths"),
    "empty": ("empty file (0 bytes)", "get them again, or remove them"),
    "unreadable": ("no permission to read", "give it (chmod u+r)"),
}
NO_COPIES = {"same file": "no equal files found", "same sound": "no two clips sound the same"}


def check_clips(
    clips: pd.DataFrame,
    heard: pd.DataFrame | None,
    source: str,
    targets: Collection[str],
    max_failed_fraction: float,
) -> list[Finding]:
    """Put the clips of all data sets through the checks below.

    Parameters
    ----------
    clips : pd.DataFrame
        See `deepartist.doctor.files.describe_files`.
    heard : pd.DataFrame or None
        The readable clips, see `deepartist.doctor.sound.describe_sounds`; None where they were not
        decoded.
    source : str
        The data set that models learn from.
    targets : collection of str
        The data sets that models are tested on.
    max_failed_fraction : float
        The run stops where more of a data set's clips cannot be used.
    """
    findings = []
    for name, own in clips.groupby("dataset", sort=False):
        findings += check_files(str(name), own, max_failed_fraction)
    readable = clips[clips["state"] == "ok"]
    is_alike = readable["size"].duplicated(keep=False)
    for name, own in readable.groupby("dataset", sort=False):
        n_late = int(own["digest"].isna().sum())
        findings += check_compared(str(name), n_late, int(is_alike[own.index].sum()))
    same_files = readable.assign(group=readable["digest"].fillna(""))
    findings += check_duplicates("same file", same_files, source, targets)
    if heard is None:
        return findings
    n_clips = clips["dataset"].value_counts()
    for name, own in heard.groupby("dataset", sort=False):
        n = int(n_clips[str(name)])
        findings += check_sounds(str(name), own, n - len(own), n, max_failed_fraction)
    same_sounds = heard[heard["reason"] == ""].assign(group=lambda clips: clips["sound"])
    # a copy of a file sounds the same, and is found already
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
        The run stops where more of the clips cannot be used, so that is an error.
    """
    bad = songs[songs["state"] != "ok"]
    if bad.empty:
        text = f"all {counted(len(songs), 'clip')} are there and may be read"
        findings = [Finding(dataset, "files", "ok", len(songs), text)]
    else:
        level, limit = _judge_failures(len(bad), len(songs), max_failed_fraction)
        findings = [
            Finding(
                dataset,
                "files",
                level,
                len(rows),
                f"{what}: {len(rows):,} of {counted(len(songs), 'clip')}, such as "
                f"{rows['path'].iloc[0]}; {advice}{limit}",
            )
            for state, (what, advice) in BAD_FILES.items()
            if len(rows := bad[bad["state"] == state])
        ]
    return findings + _check_sizes(dataset, songs[songs["state"] == "ok"])


def check_duplicates(
    check: str, songs: pd.DataFrame, source: str, targets: Collection[str]
) -> list[Finding]:
    """Look for songs that occur twice: in a target and the source, or within a data set.

    Parameters
    ----------
    check : str
        What is said of two songs: ``same file`` or ``same sound``.
    songs : pd.DataFrame [columns=(dataset, path, group)]
        Songs of all data sets. Equal songs have the same `group`; it is empty for a song like no
        other.
    source : str
        The data set that models learn from.
    targets : collection of str
        The data sets that models are tested on.
    """
    grouped = songs[songs["group"] != ""]
    findings = []
    for dataset in songs["dataset"].unique():
        own = grouped[grouped["dataset"] == dataset]
        found = []
        if dataset in targets and dataset != source:
            learned = grouped[grouped["dataset"] == source].drop_duplicates("group")
            both = own.merge(learned, on="group", suffixes=("", "_learned"))
            if len(both):
                first = both.iloc[0]
                text = (
                    f"{counted(len(both), 'clip')} of the target in the source {source} too, such "
                    f"as {first.path} = {first.path_learned}; models would be tested on what they "
                    "learned: take them out of one of the two"
                )
                found.append(Finding(dataset, check, "error", len(both), text))
        copies = own[own["group"].duplicated()]
        if len(copies):
            copy = copies.iloc[0]
            original = own.loc[own["group"] == copy.group, "path"].iloc[0]
            text = (
                f"{counted(len(copies), 'clip')} in the data set again, such as {copy.path} = "
                f"{original}; keep one of each"
            )
            found.append(Finding(dataset, check, "warning", len(copies), text))
        findings += found or [Finding(dataset, check, "ok", 0, NO_COPIES[check])]
    return findings


def check_compared(dataset: str, not_compared: int, of_equal_size: int) -> list[Finding]:
    """Say how many files were not compared because time ran out, if any."""
    if not not_compared:
        return []
    text = (
        f"not compared for want of time: {not_compared:,} of {counted(of_equal_size, 'file')} that "
        "are as large as another; deepartist doctor --deep compares all"
    )
    return [Finding(dataset, "same file", "note", not_compared, text)]


def check_sounds(
    dataset: str, sounds: pd.DataFrame, n_failed: int, n_clips: int, max_failed_fraction: float
) -> list[Finding]:
    """Look for clips that cannot be used, and for low sample rates.

    Parameters
    ----------
    dataset : str
    sounds : pd.DataFrame [columns=(path, reason, sample_rate_hz)]
        Clips that were decoded, see `deepartist.doctor.sound.Sound`.
    n_failed : int
        Clips that failed before they could be decoded.
    n_clips : int
        All clips of the data set.
    max_failed_fraction : float
        As in `check_files`.
    """
    failed = sounds[sounds["reason"] != ""]
    heard = sounds[sounds["reason"] == ""]
    level, limit = _judge_failures(n_failed + len(failed), n_clips, max_failed_fraction)
    kind = failed["reason"].str.split(" (", n=1, regex=False).str[0]
    findings = [
        Finding(
            dataset,
            "sound",
            level,
            len(rows),
            f"{reason}: {len(rows):,} of {counted(n_clips, 'clip')}, such as "
            f"{rows['path'].iloc[0]}{_details(rows['reason'].iloc[0])}; the run leaves them out: "
            f"get them again, or remove them{limit}",
        )
        for reason, rows in failed.groupby(kind)
    ]
    if failed.empty:
        text = f"{counted(len(heard), 'clip')} can be used"
        findings = [Finding(dataset, "sound", "ok", len(heard), text)]
    rates = heard["sample_rate_hz"].value_counts().sort_index()
    if len(rates):
        text = ", ".join(f"{rate:,} Hz: {counted(n, 'clip')}" for rate, n in rates.items())
        findings.append(Finding(dataset, "sample rate", "note", len(heard), text))
    low = heard[heard["sample_rate_hz"] < SAMPLE_RATE_HZ]
    if len(low):
        text = (
            f"{counted(len(low), 'clip')} below {SAMPLE_RATE_HZ:,} Hz, such as "
            f"{low['path'].iloc[0]}; their upper bands are empty, by which a model can tell them "
            "from others: get better ones"
        )
        findings.append(Finding(dataset, "sample rate", "warning", len(low), text))
    return findings


def _check_sizes(dataset: str, songs: pd.DataFrame) -> list[Finding]:
    suffix = songs["path"].str.rsplit(".", n=1).str[-1].str.lower()
    usual = songs.groupby(suffix)["size"].transform("median")
    small = songs[(songs["size"] < SMALLEST_BYTES) | (songs["size"] < SMALLEST_FRACTION * usual)]
    if small.empty:
        return []
    first = small.iloc[0]
    text = (
        f"{counted(len(small), 'file')} much smaller than others, such as {first.path} of "
        f"{counted(first['size'], 'byte')}; deepartist doctor --deep says whether it can be used"
    )
    return [Finding(dataset, "file sizes", "warning", len(small), text)]


def _judge_failures(n_failed: int, n_clips: int, max_failed_fraction: float) -> tuple[str, str]:
    """Return the level of failed clips, and why; the run stops in `deepartist.mels.list_clips`."""
    if n_failed <= max_failed_fraction * n_clips and n_failed < n_clips:
        return "warning", ""
    return "error", (
        f" (a run stops where more than max_failed_fraction = {max_failed_fraction:g} of the clips "
        "cannot be used)"
    )


def _details(reason: str) -> str:
    _, bracket, rest = reason.partition(" (")
    return bracket + rest
