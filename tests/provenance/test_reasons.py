"""The reason of a dry run, as Snakemake words it, cut down to what changed."""

import logging

import pytest

from deepartist.provenance.reasons import shorten_reason, shorten_record

PARAMS = "Params have changed since last execution: "
UNION = PARAMS + "Union of exclusive params before and now across all output: "


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ("['a.b=1', 'a.c=2']", "['a.b=1', 'a.c=3']", "a.c=2 → 3"),
        ("['a=1', 'b=2'],'--device cpu'", "'--device cuda',['a=0', 'b=2']", None),
        ("['a=1']", "['a=1', 'b=2']", "+ b=2"),
        ("['a=1', 'b=2']", "['a=1']", "- b=2"),
        ("['x', 'y']", "['y', 'z']", "- x, + z"),
        ("<nothing exclusive>", "'--seed 1'", "+ --seed 1"),
        ("['t=\"a now: b\"']", "['t=\"it\\'s\"']", 't="a now: b" → "it\'s"'),
        ("0.05", "0.1", "- 0.05, + 0.1"),
    ],
)
def test_only_what_changed_is_named(before, now, told):
    told = told or "--device cpu → cuda, a=1 → 0"
    assert shorten_reason(f"{UNION}before: {before} now: {now} ") == PARAMS + told


def test_what_stands_around_stays():
    reason = f"Missing output files: a.csv; {UNION}before: 'a=1' now: 'a=2' ; Software environment"
    assert shorten_reason(reason) == (
        f"Missing output files: a.csv; {PARAMS}a=1 → 2; Software environment"
    )


@pytest.mark.parametrize(
    "reason",
    [
        "",
        "Missing output files: results/tables/table1.csv",
        f"{UNION}before: {{not Python now: 'a=1' ",
        f"{UNION}something else",
        f"{UNION}before: ['a', 'b'] now: ['b', 'a'] ",  # an order, which no word tells
    ],
)
def test_any_other_reason_stays_as_it_is(reason):
    assert shorten_reason(reason) == reason


def test_messages_without_a_reason_pass():
    record = logging.makeLogRecord({"msg": "hello"})
    assert shorten_record(record)
    record.reason = f"{UNION}before: 'a=1' now: 'a=2' "
    assert shorten_record(record)
    assert record.reason == f"{PARAMS}a=1 → 2"
