"""Table 6: how well the tags of songs are predicted.

It has two rows for each data set and each of the vectors, and a column for each model.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from deepartist.config.titles import Titles
from deepartist.config.vectors import EMBEDDING
from deepartist.process.errors import InputError
from deepartist.scores.vectors import describe_vectors
from deepartist.tables.layout import (
    FEW_SONGS,
    SEED_SPREAD,
    SEEDS,
    TWO_DECIMALS,
    left_out_notes,
    print_number,
    score_cell,
    vectors_notes,
)
from deepartist.tables.table_scores import Score, select_score
from deepartist.tables.text import Cell, Table

NUMBER = 6
LABEL, CAPTION = "tags", "Tags: how well songs with a tag are ranked above those without it."
NAMES = {"auc": "ROC-AUC", "ap": "average precision"}  # of the rows, by task
VARIANT, SINGLE = "test", "tag:"  # over all tags, and the beginning of a variant of a single one
SETTING = re.compile(r"C = (?P<c>\S+), tags = (?P<tags>\d+)")
SETTING_OF_TAG = re.compile(r"C = \S+, tagged = (\d+)")
NOTES = (
    "For each tag, a logistic regression on the training songs ranks the test songs. ROC-AUC: how "
    "often a song with the tag stands above one without it. Average precision: of the songs from "
    "the top down to each song with the tag, the fraction that has it. Both are means over tags; "
    "tags that no training song or no test song has, or all have, are left out.",
)
INTERVALS = (
    "In brackets: 95 % interval of the bootstrap, over {resampled}, moved so that the resamples' "
    "mean is the value."
)
PENALTY = "C (the smaller, the stronger the penalty), which the validation songs chose"
BEST = "Bold: highest of the row."


@dataclass(frozen=True)
class Block:
    """The scores of one data set by one kind of vectors.

    Attributes
    ----------
    dataset, vectors : str
    title : str
        Title of the data set; it names the vectors unless they are the embedding.
    rows : dict of str to list of (Score or None)
        By task, in the order of `NAMES`; a score for each model.
    tagged : float
        Fraction of the test songs that have a tag, on average over tags.
    """

    dataset: str
    vectors: str
    title: str
    rows: dict[str, list[Score | None]]
    tagged: float

    def chance(self, task: str) -> float:
        """Return the score of vectors that say nothing."""
        return 0.5 if task == "auc" else self.tagged

    def known(self) -> list[Score]:
        """List the scores that there are."""
        return [score for row in self.rows.values() for score in row if score is not None]


def select_blocks(
    scores: pd.DataFrame,
    models: Sequence[str],
    titles: Mapping[str, Titles],
    left_out: Collection[tuple[str, str]],
    vectors: Sequence[str],
) -> list[Block]:
    """Select the scores of table 6. Vectors that no model has are left out.

    Parameters
    ----------
    scores, models, left_out
        See `deepartist.tables.table_scores.select_scores`.
    titles : mapping of str to Titles
        By data set, in the order of the table.
    vectors : sequence of str
        In the order of the blocks.

    Raises
    ------
    InputError
        See `deepartist.tables.table_scores.select_scores`; or a score has another setting than
        those of `deepartist.scores.score_tags`.
    """
    scores = scores[scores["task"].isin(list(NAMES)) & scores["model"].isin(models)]
    blocks = []
    for dataset, named in titles.items():
        for name in vectors:
            of_block = scores[(scores["dataset"] == dataset) & (scores["vectors"] == name)]
            if name != EMBEDDING and of_block.empty:
                continue
            rows = {
                task: [
                    select_score(scores, NUMBER, (task, VARIANT), model, dataset, left_out, name)
                    for model in models
                ]
                for task in NAMES
            }
            title = describe_vectors(named["title"], name)
            blocks.append(Block(dataset, name, title, rows, _tagged_fraction(of_block, title)))
    return blocks


def lay_out(blocks: Sequence[Block], models: Sequence[str]) -> Table:
    """Lay out table 6: the title of each block in a row of its own, its scores below."""
    penalties = {penalty for block in blocks for score in block.known() for penalty in _read(score)}
    has_penalties = len({c for c, _ in penalties}) > 1
    rows: list[list[Cell]] = []
    for block in blocks:
        rows.append([Cell(block.title), *(Cell("") for _ in models)])
        rows += [
            [Cell(NAMES[task]), *_cells(scores, has_penalties)]
            for task, scores in block.rows.items()
        ]
    notes = _notes(blocks, models)
    if has_penalties:
        notes.append(f"{PENALTY} stands with each value.")
    elif penalties:
        c = next(iter(penalties))[0]
        notes.append(f"{PENALTY}: {c} throughout.")
    return Table(NUMBER, LABEL, CAPTION, ["", *models], rows, notes)


def format_csv(blocks: Sequence[Block], models: Sequence[str]) -> str:
    """Write table 6 as CSV.

    Columns are ``dataset,vectors,score,tags,songs,chance,<model>…``: `score` is ``auc`` or ``ap``,
    fractions have four decimals or are NA, `tags` and `songs` are the largest of the models'
    numbers.
    """
    columns = ["dataset", "vectors", "score", "tags", "songs", "chance", *models]
    rows: list[list[Any]] = []
    for block in blocks:
        n_tags, n_songs = _tags(block), [score.n for score in block.known()]
        about = [max(n_tags, default=None), max(n_songs, default=None)]
        for task, scores in block.rows.items():
            values = [score and score.value for score in scores]
            chance = block.chance(task)
            rows.append([block.dataset, block.vectors, task, *about, chance, *values])
    table = pd.DataFrame(rows, columns=columns)
    types = {"tags": "Int64", "songs": "Int64", **dict.fromkeys(["chance", *models], "float64")}
    return table.astype(types).to_csv(
        index=False, float_format="%.4f", na_rep="NA", lineterminator="\n"
    )


def _tagged_fraction(scores: pd.DataFrame, title: str) -> float:
    """Compute the mean fraction of test songs with a tag; NaN if there are no scores of tags."""
    of_tags = scores[scores["variant"].str.startswith(SINGLE) & (scores["task"] == "ap")]
    of_tags = of_tags.drop_duplicates("variant")
    n_tagged = of_tags["setting"].str.extract(SETTING_OF_TAG)[0].astype(float)
    if n_tagged.isna().any() or (of_tags.empty and not scores.empty):
        raise InputError(
            f"table {NUMBER}: {title}: a tag has no number of songs; evaluate the models again"
        )
    return float((n_tagged / of_tags["n"]).mean())


def _read(score: Score) -> list[tuple[str, int]]:
    """Read the C and the number of tags from the settings of a score, one for each seed."""
    found = [SETTING.fullmatch(setting) for setting in score.settings]
    if not found or None in found:
        raise InputError(
            f"table {NUMBER}: a score has the setting {', '.join(score.settings)!r}, not a C and a "
            "number of tags; evaluate the models again"
        )
    return [(match["c"], int(match["tags"])) for match in found if match]


def _tags(block: Block) -> list[int]:
    return [n_tags for score in block.known() for _, n_tags in _read(score)]


def _cells(scores: Sequence[Score | None], has_penalties: bool) -> list[Cell]:
    """Write a row of scores; the best are bold, compared as they are printed."""
    printed = [float(print_number(score, score.value)) for score in scores if score]
    best = max(printed, default=None)
    return [
        score_cell(
            score and replace(score, settings=tuple(f"C = {c}" for c, _ in _read(score))),
            best,
            has_penalties,
        )
        for score in scores
    ]


def _range(numbers: Iterable[int], what: str) -> str:
    lowest, highest = min(numbers := list(numbers)), max(numbers)
    return f"{lowest:,} {what}" if lowest == highest else f"{lowest:,} to {highest:,} {what}"


def _notes(blocks: Sequence[Block], models: Sequence[str]) -> list[str]:
    known = [score for block in blocks for score in block.known()]
    if not known:
        return [*NOTES]
    # the songs and tags of all vectors are the same
    main = [block for block in blocks if block.vectors == EMBEDDING and block.known()]
    numbers = [
        f"{block.title}: {_range(_tags(block), 'tags')}, "
        f"{_range((score.n for score in block.known()), 'test songs')}, chance 0.5 and "
        f"{block.tagged:.3f}"
        for block in main
    ]
    by_artist = [block.title for block in main if any(score.artists for score in block.known())]
    resampled = "songs"
    if by_artist:
        resampled = "artists and their songs"
        if len(by_artist) < len(main):
            resampled = f"songs (on {', '.join(by_artist)}: over artists and their songs)"
    notes = [*NOTES, f"{'; '.join(numbers)}.", INTERVALS.format(resampled=resampled), BEST]
    if any(score.n < FEW_SONGS for score in known):
        notes.append(TWO_DECIMALS)
    if any(score.seeds > 1 for score in known):
        notes += [SEEDS, SEED_SPREAD]
    without = [
        (model, block.title)
        for block in blocks
        if block.vectors == EMBEDDING
        for model, score in zip(models, block.rows["auc"], strict=True)
        if score is None
    ]
    return notes + left_out_notes(without) + vectors_notes(block.vectors for block in blocks)
