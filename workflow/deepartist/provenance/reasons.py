"""Why a rule runs again: a dry run names the module or key that changed, not all that did not."""

import ast
import logging
import re

# Snakemake prints what a rule's params were and are, each in full.
_CHANGE = re.compile(
    r"(Params have changed since last execution: ).*?before: (.*) now: (.*?) ((?:; .*)?)",
    re.DOTALL,
)
_NOTHING = "<nothing exclusive>"


def shorten_record(record: logging.LogRecord) -> bool:
    """Shorten the reason in a message of Snakemake about a job; a filter that lets all pass."""
    if isinstance(getattr(record, "reason", None), str):
        record.reason = shorten_reason(record.reason)
    return True


def shorten_reason(reason: str) -> str:
    """Say which words of a rule's params changed.

    Parameters
    ----------
    reason : str
        As Snakemake words it, with all params that are not the same before and now.

    Returns
    -------
    str
        With ``key=old → new`` for each word ``key=value`` (or ``--key value``) that has another
        value now, ``+ word`` for new ones and ``- word`` for those gone; as it came where it says
        nothing of params.
    """
    before, after = reason.partition("Params have changed")[::2]
    match = _CHANGE.fullmatch("Params have changed" + after) if after else None
    if not match:
        return reason
    try:
        old, new = _words(match[2]), _words(match[3])
    except (ValueError, SyntaxError):
        return reason
    changes = [_change(key, old.get(key), new.get(key)) for key in sorted(old | new)]
    told = ", ".join(change for change in changes if change)
    return f"{before}{match[1]}{told}{match[4]}" if told else reason


def _words(text: str) -> dict[str, str]:
    """Read params as Snakemake prints them; words by what comes before their value."""
    values = [] if text == _NOTHING else ast.literal_eval(f"[{text}]")
    words = {}
    for value in values:
        for word in value if isinstance(value, list) else [value]:
            key, value_of_key = re.fullmatch(
                r"(--[\w-]+ |[\w.]+=|)(.*)", str(word), re.DOTALL
            ).groups()
            words[key or str(word)] = value_of_key
    return words


def _change(key: str, old: str | None, new: str | None) -> str:
    if old == new:
        return ""
    if old is None or new is None:
        value = new if old is None else old
        word = key if key == value else key + value
        return f"{'+' if old is None else '-'} {word}"
    return f"{key}{old} → {new}"
