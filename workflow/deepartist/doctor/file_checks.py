"""What can be wrong with data sets: functions from manifests, labels and listings to findings.

An error is what stops the run later anyhow (too many clips without a file, too few artists, tags or
labels), or what makes its scores worthless and can be mended by taking songs out of a list or
folder, or emptying a column: songs of a target that the source has too, and a split of the user's
own with artists on both sides of the test. All else is a warning, for a run is stopped by an error:
artists that source and target share by name, who make scores somewhat too good and may be two of
one name, small labels, copies within a data set, files that look small.
"""

from collections.abc import Collection, Mapping

import pandas as pd

from deepartist.constants import SAMPLE_RATE_HZ
from deepartist.datasets.artist_names import normalise
from deepartist.datasets.manifest import SPLITS
from deepartist.datasets.tags import TAG_SEPARATOR
from deepartist.doctor.findings import Finding, quote
from deepartist.splits.split_table import has_artist

# No codec holds three seconds of music in fewer bytes.
SMALLEST_BYTES = 2048
# A tenth of the usual size of a set of 30 s clips is a clip of 3 s, the shortest that is used.
SMALLEST_FRACTION = 0.1
# Of the test songs, by artists of the training part: scores are then those of artists known.
DIVIDED_FRACTION = 0.05
UNEVEN_FACTOR = 10

# What is wrong with a file in each state, and what to do.
BAD_FILES = {
    "missing": ("no file", "get them, or correct the paths"),
    "empty": ("empty file (0 bytes)", "get them again, or remove them"),
    "unreadable": ("no permission to read", "give it (chmod u+r)"),
}
NO_COPIES = {"same file": "no equal files found", "same sound": "no two clips sound the same"}

LICENCES = {
    "fma": "each track has a licence of its own, mostly Creative Commons, some of them not for "
    "commercial use (track/license in tracks.csv); the metadata are CC BY 4.0",
    "gtzan": "excerpts of commercial recordings, gathered without the owners' leave; keep them to "
    "research, and pass none on",
    "jamendo": "each track has a Creative Commons licence of its own, many of them not for "
    "commercial use (audio_licenses.txt); the metadata are CC BY-NC-SA 4.0",
    "library": "your own files: their owners' rights stay; share features and scores, not sound",
    "msd": "previews of commercial recordings, given by 7digital for research; pass none on; "
    "Last.fm's tags are not for commercial use",
    "table": "the licence is that of the clips that the table lists; make sure that you know it",
}


def check_files(dataset: str, songs: pd.DataFrame, max_failed_fraction: float) -> list[Finding]:
    """Look for files that are missing, empty, unreadable or suspiciously small.

    Parameters
    ----------
    dataset : str
    songs : pd.DataFrame [columns=(path, size, state)]
        See `deepartist.doctor.files.look_at_files`.
    max_failed_fraction : float
        The run stops where more of the clips cannot be used, so that is an error.
    """
    bad = songs[songs["state"] != "ok"]
    if bad.empty:
        text = f"all {_count(len(songs), 'clip')} are there and may be read"
        findings = [Finding(dataset, "files", "ok", len(songs), text)]
    else:
        level, limit = _judge_failures(len(bad), len(songs), max_failed_fraction)
        findings = [
            Finding(
                dataset,
                "files",
                level,
                len(rows),
                f"{what}: {len(rows):,} of {_count(len(songs), 'clip')}, such as "
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
        Songs of all data sets; `group` is the same, and not the empty text, for songs that are the
        same.
    source : str
        The data set that models learn from.
    targets : collection of str
        Those that they are tested on.
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
                    f"{_count(len(both), 'clip')} of the target in the source {source} too, such "
                    f"as {first.path} = {first.path_learned}; models would be tested on what they "
                    "learned: take them out of one of the two"
                )
                found.append(Finding(dataset, check, "error", len(both), text))
        copies = own[own["group"].duplicated()]
        if len(copies):
            copy = copies.iloc[0]
            original = own.loc[own["group"] == copy.group, "path"].iloc[0]
            text = (
                f"{_count(len(copies), 'clip')} in the data set again, such as {copy.path} = "
                f"{original}; keep one of each"
            )
            found.append(Finding(dataset, check, "warning", len(copies), text))
        findings += found or [Finding(dataset, check, "ok", 0, NO_COPIES[check])]
    return findings


def check_compared(dataset: str, not_compared: int, of_equal_size: int) -> list[Finding]:
    """Say how many files there was no time to compare; nothing where there are none."""
    if not not_compared:
        return []
    text = (
        f"not compared for want of time: {not_compared:,} of {_count(of_equal_size, 'file')} that "
        "are as large as another; deepartist doctor --deep compares all"
    )
    return [Finding(dataset, "same file", "note", not_compared, text)]


def artist_keys(manifest: pd.DataFrame, by_id: bool) -> pd.Series:
    """Give each song what its artist is known by in other data sets; empty where there is none.

    Parameters
    ----------
    manifest : pd.DataFrame
    by_id : bool
        By `artist_id`, where both data sets have the ids of one catalogue; else by the name, folded
        as `deepartist.datasets.artist_names.normalise` does.
    """
    if by_id:
        keys = manifest["artist_id"]
    else:
        names = manifest["artist"]
        keys = names.map({name: normalise(name) for name in names.unique()})
    return keys.where(has_artist(manifest), "")


def check_artists(
    dataset: str,
    songs: pd.DataFrame,
    source: str,
    source_keys: Collection[str],
    without_targets: bool = False,
) -> Finding:
    """Look for artists of the source among those of a target.

    Parameters
    ----------
    dataset : str
        The target.
    songs : pd.DataFrame [columns=(key, artist, artist_id)]
        Labelled songs of the target; `key` from `artist_keys`.
    source : str
    source_keys : collection of str
        Keys of all songs of the source.
    without_targets : bool
        The config keeps such artists from the models.
    """
    known = set(source_keys) - {""}
    silent = [name for name, keys in ((dataset, songs["key"]), (source, known)) if not any(keys)]
    if silent:
        text = f"artists in both cannot be seen: {' and '.join(silent)} names none"
        return Finding(dataset, "shared artists", "note", 0, text)
    shared = songs[songs["key"].isin(known)]
    if shared.empty:
        n = songs["key"].replace("", pd.NA).nunique()
        text = f"none of {_count(n, 'artist')} is in the source {source}"
        return Finding(dataset, "shared artists", "ok", 0, text)
    level, advice = (
        ("ok", "artists.without_targets keeps their songs from the models")
        if without_targets
        else ("warning", "artists.without_targets: true would keep their songs from the models")
    )
    text = (
        f"{len(shared):,} of {_count(len(songs), 'song')} by "
        f"{_count(shared['key'].nunique(), 'artist')} of the source {source}, such as "
        f"{_artist(shared)}; {advice}"
    )
    return Finding(dataset, "shared artists", level, len(shared), text)


def check_parts(dataset: str, songs: pd.DataFrame) -> Finding:
    """Look for artists with songs in both the training and the test part of a target.

    Parameters
    ----------
    dataset : str
    songs : pd.DataFrame [columns=(key, artist, artist_id, split)]
        Labelled songs; `key` is empty where the artist is unknown.
    """
    known = songs[songs["key"] != ""]
    if known.empty:
        text = "artists in both training and test part cannot be seen: no song names one"
        return Finding(dataset, "divided artists", "note", 0, text)
    test = songs[songs["split"] == "test"]
    shared = test[test["key"].isin(known.loc[known["split"] == "train", "key"])]
    if shared.empty:
        return Finding(
            dataset, "divided artists", "ok", 0, "no artist is in both training and test part"
        )
    text = (
        f"{len(shared):,} of {_count(len(test), 'test song')} by "
        f"{_count(shared['key'].nunique(), 'artist')} of the training part, such as "
        f"{_artist(shared)}; give an artist one spelling and one split, or empty the column split"
    )
    level = "error" if len(shared) > DIVIDED_FRACTION * len(test) else "warning"
    return Finding(dataset, "divided artists", level, len(shared), text)


def check_labels(dataset: str, labels: pd.DataFrame, label: str) -> list[Finding]:
    """Look at the sizes of a target's parts and labels.

    Parameters
    ----------
    dataset : str
    labels : pd.DataFrame [columns=(genre, split)]
        See `deepartist.splits.label_target.label_target`.
    label : {"genre", "artist"}
    """
    sizes = labels["split"].value_counts()
    text = ", ".join(f"{sizes.get(part, 0):,} {part}" for part in SPLITS)
    findings = [Finding(dataset, "splits", "ok", len(labels), f"songs: {text}")]
    n_songs = labels["genre"].value_counts().sort_index(kind="stable")
    fewest, most = n_songs.idxmin(), n_songs.idxmax()
    is_uneven = n_songs[most] > UNEVEN_FACTOR * n_songs[fewest]
    text = f"{_count(len(n_songs), label)} with {_count(n_songs[most], 'song')} each"
    if n_songs[fewest] < n_songs[most]:
        text = (
            f"{_count(len(n_songs), label)} with {n_songs[fewest]:,} ({quote(fewest)}) to "
            f"{_count(n_songs[most], 'song')} ({quote(most)})"
        )
    if is_uneven:
        text += "; accuracy is mostly that of the large ones: merge or drop the small ones"
    level = "warning" if is_uneven else "ok"
    findings.append(Finding(dataset, f"{label}s", level, len(n_songs), text))
    in_train = labels["genre"][labels["split"] == "train"].value_counts()
    n_train = in_train.reindex(n_songs.index, fill_value=0)
    few = n_train[n_train < 2]
    if len(few):
        text = (
            f"{len(few):,} of {_count(len(n_songs), label)} with fewer than two training songs, "
            f"such as {quote(few.index[0])}; add songs, or merge or drop them"
        )
        findings.append(Finding(dataset, f"{label}s", "warning", len(few), text))
    return findings


def check_artist_sets(
    dataset: str, songs_per_artist: pd.Series, sets: Mapping[str, Mapping[str, int]]
) -> list[Finding]:
    """Look whether enough artists of the source have enough songs for each artist set.

    Parameters
    ----------
    dataset : str
    songs_per_artist : pd.Series [dtype=int]
    sets : mapping
        See `deepartist.config.run.artist_sets`.
    """
    findings = []
    for block in sets.values():
        n_songs = block["songs_train"] + block["songs_valid"] + block["songs_test"]
        n = int((songs_per_artist >= n_songs).sum())
        text = f"{_count(n, 'artist')} with {_count(n_songs, 'song')}, {block['count']:,} asked for"
        if n >= block["count"]:
            findings.append(Finding(dataset, "artist sets", "ok", n, text))
            continue
        fewer = f"artists.count (or more_counts) to {n:,}, or " if n else ""
        text += f"; lower {fewer}artists.songs_train, songs_valid and songs_test, or add songs"
        findings.append(Finding(dataset, "artist sets", "error", n, text))
    return findings


def check_tags(dataset: str, tags: pd.Series) -> Finding:
    """Look whether the source has the two tags that a tag model needs at least."""
    n = len({tag for text in tags.unique() for tag in text.split(TAG_SEPARATOR)} - {""})
    if n < 2:
        text = f"{_count(n, 'tag')}: too few for a tag model; take tag out of models"
        return Finding(dataset, "tags", "error", n, text)
    text = f"{_count(n, 'tag')} in {_count(int((tags != '').sum()), 'song')}"
    return Finding(dataset, "tags", "ok", n, text)


def check_sounds(
    dataset: str, sounds: pd.DataFrame, n_failed: int, n_clips: int, max_failed_fraction: float
) -> list[Finding]:
    """Look for clips that cannot be used, and for low sample rates.

    Parameters
    ----------
    dataset : str
    sounds : pd.DataFrame [columns=(path, reason, sample_rate_hz)]
        See `deepartist.doctor.sound.Sound`.
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
            f"{reason}: {len(rows):,} of {_count(n_clips, 'clip')}, such as "
            f"{rows['path'].iloc[0]}{_details(rows['reason'].iloc[0])}; the run leaves them out: "
            f"get them again, or remove them{limit}",
        )
        for reason, rows in failed.groupby(kind)
    ]
    if failed.empty:
        text = f"{_count(len(heard), 'clip')} can be used"
        findings = [Finding(dataset, "sound", "ok", len(heard), text)]
    rates = heard["sample_rate_hz"].value_counts().sort_index()
    if len(rates):
        text = ", ".join(f"{rate:,} Hz: {_count(n, 'clip')}" for rate, n in rates.items())
        findings.append(Finding(dataset, "sample rate", "note", len(heard), text))
    low = heard[heard["sample_rate_hz"] < SAMPLE_RATE_HZ]
    if len(low):
        text = (
            f"{_count(len(low), 'clip')} below {SAMPLE_RATE_HZ:,} Hz, such as "
            f"{low['path'].iloc[0]}; their upper bands are empty, by which a model can tell them "
            "from others: get better ones"
        )
        findings.append(Finding(dataset, "sample rate", "warning", len(low), text))
    return findings


def note_licence(dataset: str, kind: str) -> Finding:
    """Say what may be done with the data."""
    return Finding(dataset, "licence", "note", 0, LICENCES[kind])


def _check_sizes(dataset: str, songs: pd.DataFrame) -> list[Finding]:
    suffix = songs["path"].str.rsplit(".", n=1).str[-1].str.lower()
    usual = songs.groupby(suffix)["size"].transform("median")
    small = songs[(songs["size"] < SMALLEST_BYTES) | (songs["size"] < SMALLEST_FRACTION * usual)]
    if small.empty:
        return []
    first = small.iloc[0]
    text = (
        f"{_count(len(small), 'file')} much smaller than others, such as {first.path} of "
        f"{_count(first['size'], 'byte')}; deepartist doctor --deep says whether it can be used"
    )
    return [Finding(dataset, "file sizes", "warning", len(small), text)]


def _judge_failures(n_failed: int, n_clips: int, max_failed_fraction: float) -> tuple[str, str]:
    """Say of clips that failed how bad that is, and why; as `deepartist.mels.list_clips` has it."""
    if n_failed <= max_failed_fraction * n_clips and n_failed < n_clips:
        return "warning", ""
    return "error", (
        f" (a run stops where more than max_failed_fraction = {max_failed_fraction:g} of the clips "
        "cannot be used)"
    )


def _details(reason: str) -> str:
    _, bracket, rest = reason.partition(" (")
    return bracket + rest


def _artist(songs: pd.DataFrame) -> str:
    first = songs.iloc[0]
    return quote(first.artist or first.artist_id)


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"
