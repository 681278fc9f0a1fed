"""Table 5: artists that are known by a few songs, identified and verified without training.

It has a block of rows for each data set and each of the vectors, and a column for each model.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from deepartist.config.titles import Titles
from deepartist.config.vectors import EMBEDDING
from deepartist.scores.identification_variants import (
    EQUAL_ERROR_RATE,
    IDENTIFY,
    VERIFY,
    find_artists,
    find_known,
    known_songs,
)
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

NUMBER = 5
LABEL, CAPTION = "identification", "Artists known by k songs each: identification without training."
NOTHING = "too few artists with enough songs"
NOTES = (
    "k: the number of known songs of each artist. Each other song is given to the artist whose "
    "known songs have the nearest mean, by cosine similarity; the values are the fraction of songs "
    "that are given to their own artist, averaged over random draws of the known songs.",
    "Equal error rate: are two songs by the same artist? Pairs that are more similar than a "
    "threshold are taken to be; at one threshold as large a fraction of the pairs by one artist is "
    "missed as of the others is accepted. Lower is better, and chance is 0.5.",
)
INTERVALS = "In brackets: 95 % interval of the bootstrap, over {resampled}."
BEST = "Bold: best of the row, the highest fraction or the lowest error rate."


@dataclass(frozen=True)
class Block:
    """The scores of one data set by one kind of vectors.

    Attributes
    ----------
    dataset, vectors : str
    title : str
        Title of the data set; it names the vectors unless they are the embedding.
    artists : int
        Number of artists; 0 if nothing could be scored, and there are no rows then.
    rows : list of (str, list of (Score or None))
        A row for each variant: ``k=1`` …, then `EQUAL_ERROR_RATE`; a score for each model.
    """

    dataset: str
    vectors: str
    title: str
    artists: int
    rows: list[tuple[str, list[Score | None]]]


def select_blocks(
    scores: pd.DataFrame,
    models: Sequence[str],
    titles: Mapping[str, Titles],
    left_out: Collection[tuple[str, str]],
    vectors: Sequence[str],
) -> list[Block]:
    """Select the scores of table 5.

    A data set that no model has scores on has an empty block: it has too few artists with enough
    songs. Vectors that no model has are left out.

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
        See `deepartist.tables.table_scores.select_scores`; or models have scores of different
        numbers of artists.
    """
    is_of_table = scores["task"].isin((IDENTIFY, VERIFY)) & scores["model"].isin(models)
    scores = scores[is_of_table]
    blocks = []
    for dataset, named in titles.items():
        of_dataset = scores[scores["dataset"] == dataset]
        if of_dataset.empty:
            blocks.append(Block(dataset, EMBEDDING, named["title"], 0, []))
        for name in vectors:
            of_vectors = of_dataset[of_dataset["vectors"] == name]
            if of_vectors.empty:
                continue
            lines = [(IDENTIFY, known_songs(k)) for k in find_known(of_vectors)]
            rows = []
            for line in [*lines, (VERIFY, EQUAL_ERROR_RATE)]:
                of_models = [
                    select_score(scores, NUMBER, line, model, dataset, left_out, name)
                    for model in models
                ]
                rows.append((line[1], of_models))
            title = describe_vectors(named["title"], name)
            blocks.append(Block(dataset, name, title, find_artists(of_vectors), rows))
    return blocks


def lay_out(blocks: Sequence[Block], models: Sequence[str]) -> Table:
    """Lay out table 5: the title of each block in a row of its own, its scores below."""
    rows: list[list[Cell]] = []
    for block in blocks:
        if not block.rows:
            rows.append([Cell(block.title, "", (f"({NOTHING})",)), *(Cell("–") for _ in models)])
            continue
        rows.append([Cell(block.title), *(Cell("") for _ in models)])
        for variant, scores in block.rows:
            rows.append([Cell(_describe_variant(variant)), *_cells(scores, variant)])
    return Table(NUMBER, LABEL, CAPTION, ["", *models], rows, _notes(blocks, models))


def format_csv(blocks: Sequence[Block], models: Sequence[str]) -> str:
    """Write table 5 as CSV.

    Columns are ``dataset,vectors,score,artists,songs,chance,<model>…``: `score` is ``k=1`` … or
    `EQUAL_ERROR_RATE`, and all fractions have four decimals or are NA. A data set without scores
    has a single row.
    """
    columns = ["dataset", "vectors", "score", "artists", "songs", "chance", *models]
    rows: list[list[Any]] = []
    for block in blocks:
        if not block.rows:
            rows.append([block.dataset, *[None] * (len(columns) - 1)])
        for variant, scores in block.rows:
            about = [block.dataset, block.vectors, variant, block.artists, _songs(block)]
            chance = 0.5 if variant == EQUAL_ERROR_RATE else 1 / block.artists
            rows.append([*about, chance, *(score and score.value for score in scores)])
    table = pd.DataFrame(rows, columns=columns)
    types = {"artists": "Int64", "songs": "Int64", **dict.fromkeys(["chance", *models], "float64")}
    return table.astype(types).to_csv(
        index=False, float_format="%.4f", na_rep="NA", lineterminator="\n"
    )


def _describe_variant(variant: str) -> str:
    return "equal error rate" if variant == EQUAL_ERROR_RATE else variant.replace("=", " = ")


def _cells(scores: Sequence[Score | None], variant: str) -> list[Cell]:
    """Write a row of scores; the best are bold, compared as they are printed."""
    printed = [float(print_number(score, score.value)) for score in scores if score]
    find_best = min if variant == EQUAL_ERROR_RATE else max
    best = find_best(printed, default=None)
    return [score_cell(score, best) for score in scores]


def _songs(block: Block) -> int:
    """Count the songs of a block: those that are compared in pairs."""
    return max(score.n for _, scores in block.rows for score in scores if score is not None)


def _notes(blocks: Sequence[Block], models: Sequence[str]) -> list[str]:
    by_row = [row for block in blocks for row in block.rows]
    known = [score for _, scores in by_row for score in scores if score is not None]
    if not known:
        return [*NOTES]
    # the songs of all vectors are the same
    numbers = [
        f"{block.title}: {block.artists} artists, {_songs(block)} songs, chance "
        f"{1 / block.artists:.3f}"
        for block in {block.dataset: block for block in reversed(blocks)}.values()
        if block.rows
    ][::-1]
    by_artist = all(
        score is None or score.artists
        for variant, scores in by_row
        for score in scores
        if variant != EQUAL_ERROR_RATE
    )
    resampled = "artists and their songs (equal error rate: artists)"
    if not by_artist:
        resampled = "songs (equal error rate: artists)"
    notes = [*NOTES, f"{'; '.join(numbers)}.", INTERVALS.format(resampled=resampled), BEST]
    if any(score.n < FEW_SONGS for score in known):
        notes.append(TWO_DECIMALS)
    if any(score.seeds > 1 for score in known):
        notes += [SEEDS, SEED_SPREAD]
    without = [
        (model, block.title)
        for block in blocks
        if block.rows and block.vectors == EMBEDDING
        for model, score in zip(models, block.rows[0][1], strict=True)
        if score is None
    ]
    notes += left_out_notes(without)
    return notes + vectors_notes(block.vectors for block in blocks)
