"""The scores of identification in the table of all scores: their names, and what they say."""

import pandas as pd

from deepartist.process.errors import InputError

IDENTIFY, VERIFY = "identify", "verify"  # tasks
EQUAL_ERROR_RATE = "eer"  # the variant of verification; lower is better
ARTISTS = "N"  # the setting of both tasks: the number of artists


def known_songs(k: int) -> str:
    """Name the variant of identification with k known songs of each artist."""
    return f"k={k}"


def find_known(scores: pd.DataFrame) -> list[int]:
    """Find the numbers of known songs that there are scores of, ascending."""
    variants = scores.loc[scores["task"] == IDENTIFY, "variant"].astype(str).unique()
    return sorted(int(variant.partition("=")[2]) for variant in variants)


def find_artists(scores: pd.DataFrame) -> int:
    """Find the number of artists that scores of one data set are of; chance is one in so many.

    Raises
    ------
    InputError
        Scores are of different numbers of artists, or do not say so.
    """
    settings = scores["setting"].astype(str).unique()
    first = scores.iloc[0]
    where = f"task '{first['task']}', data set '{first['dataset']}'"
    if len(settings) > 1:
        raise InputError(
            f"{where}: scores are of different artists ({'; '.join(settings)}); "
            "evaluate all models on the same songs"
        )
    name, _, number = settings[0].partition(" = ")
    if name != ARTISTS or not number.isdecimal() or int(number) < 2:
        raise InputError(
            f"{where}: the setting is '{settings[0]}', not a number of artists; "
            "evaluate this data set again"
        )
    return int(number)
