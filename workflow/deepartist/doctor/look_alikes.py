"""Names that may be spellings of one artist or label, although a run treats them as different."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from deepartist.datasets.artist_names import normalise, without_accents
from deepartist.doctor.findings import Finding, quote
from deepartist.process.counts import counted

ARTICLE = re.compile(r"^the\b(?=.*\w)|, the$")
AND = re.compile(r"(?<=\s)(?:and|und|et|y|e|och|og|en)(?=\s)|(?<=\w)\s*[&+]\s*(?=\w)")
# Names of so many letters and digits are compared letter by letter; "Mia" and "Mya" are no mistake.
LEAST_LENGTH = 6
MOST_NAMED = 3


def check_look_alikes(dataset: str, what: str, names: Iterable[str]) -> list[Finding]:
    """Look for names that may be spellings of the same name.

    It is a warning if names differ only in punctuation, blanks, accents, an article, or the word
    for "and", and a note if they differ in one letter.

    Parameters
    ----------
    dataset : str
    what : str
        What the names are of, in the plural: "artists" or "genres".
    names : iterable of str
        Names that the run treats as different. Repetitions do not count.

    Returns
    -------
    list of Finding
        Empty if all names are different enough.
    """
    of_outline: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(set(filter(None, names))):
        of_outline[outline(name)].append(name)
    findings = []
    same = [pair for alike in of_outline.values() for pair in pairwise(alike)]
    if same:
        text = (
            f"{_count(same, what)} only in punctuation, blanks, accents or "
            f"'the' and 'and', such as {_describe(same)}; if they are the same, give them one name"
        )
        findings.append(Finding(dataset, "look-alikes", "warning", len(same), text))
    near = near_pairs({key: alike[0] for key, alike in of_outline.items()})
    if near:
        text = (
            f"{_count(near, what)} in one letter, such as {_describe(near)}; "
            "if they are the same, give them one name"
        )
        findings.append(Finding(dataset, "look-alikes", "note", len(near), text))
    return findings


def outline(name: str) -> str:
    """Return the letters and digits of a name, without accents, an article and the word "and".

    If nothing is left, it is the normalised name itself.
    """
    folded = normalise(name)
    base = without_accents(folded)
    without = AND.sub(" ", ARTICLE.sub(" ", base))
    letters = "".join(filter(str.isalnum, without)) or "".join(filter(str.isalnum, base))
    return letters or folded


def near_pairs(name_of: Mapping[str, str]) -> list[tuple[str, str]]:
    """Find names that become equal if a letter of one, or of both, is left out.

    So a letter is missing, is another one, or has changed its place with the next. Digits are
    never left out, because "Volume 1" and "Volume 2" are different.

    Parameters
    ----------
    name_of : mapping of str to str
        Names by outline. The time is proportional to their number.

    Returns
    -------
    list of (str, str)
        Sorted.
    """
    shortened: defaultdict[str, set[str]] = defaultdict(set)
    for key in name_of:
        if len(key) >= LEAST_LENGTH:
            shortened[key].add(key)
            for i, character in enumerate(key):
                if character.isalpha():
                    shortened[key[:i] + key[i + 1 :]].add(key)
    pairs = {pair for keys in shortened.values() for pair in pairwise(sorted(keys))}
    return sorted((name_of[one], name_of[other]) for one, other in pairs)


def _count(pairs: Sequence[tuple[str, str]], what: str) -> str:
    return f"{counted(len(pairs), 'pair')} of {what} {'differs' if len(pairs) == 1 else 'differ'}"


def _describe(pairs: Iterable[tuple[str, str]]) -> str:
    listed = [f"{quote(one)} and {quote(other)}" for one, other in pairs]
    more = ", …" if len(listed) > MOST_NAMED else ""
    return ", ".join(listed[:MOST_NAMED]) + more
