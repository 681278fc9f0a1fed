"""Which trained models do no better than features that nothing was trained for.

``python -m deepartist.tables.compare_untrained`` writes a line for each; a run prints them at its
end, because learning from few songs can make vectors worse.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from deepartist.config.titles import Titles, add_titles_option, parse_titles
from deepartist.config.vectors import EMBEDDING
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing
from deepartist.scores.compare_models import COLUMNS
from deepartist.scores.gather_scores import read_scores
from deepartist.scores.identification_variants import IDENTIFY, find_known, known_songs


def find_no_better(
    differences: pd.DataFrame,
    trained: Sequence[str],
    untrained: Sequence[str],
    titles: Mapping[str, Titles],
) -> list[str]:
    """Compare trained models with features that nothing was trained for, by retrieval.

    Parameters
    ----------
    differences : pd.DataFrame [columns=COLUMNS]
        From ``deepartist.scores.compare_models``.
    trained, untrained : sequence of str
        Names of models and baselines.
    titles : mapping of str to Titles
        By data set.

    Returns
    -------
    list of str
        A sentence for each trained model and data set where the embedding of the model has a lower
        MAP than one of the others; it names the best of them.
    """
    rows = differences[
        (differences["task"] == "map")
        & (differences["variant"] == "all")
        & (differences["vectors"] == EMBEDDING)
    ]
    flipped = rows.rename(columns={"model_a": "model_b", "model_b": "model_a"}).assign(
        difference=-rows["difference"], ci_low=-rows["ci_high"], ci_high=-rows["ci_low"]
    )
    pairs = pd.concat([rows, flipped])
    pairs = pairs[pairs["model_a"].isin(trained) & pairs["model_b"].isin(untrained)]
    sentences = []
    for dataset, of_dataset in pairs.groupby("dataset", sort=False):
        for model in trained:
            of_model = of_dataset[of_dataset["model_a"] == model]
            if of_model.empty or of_model["difference"].min() >= 0:
                continue
            worst = of_model.sort_values("difference").iloc[0]
            is_clear = worst["ci_high"] < 0
            sentences.append(
                f"{titles[str(dataset)]['title']}: {model} finds songs "
                f"{'less well than' if is_clear else 'no better than'} {worst['model_b']}, which "
                f"nothing was trained for (MAP {worst['difference']:+.2f}, 95 % interval "
                f"{worst['ci_low']:+.2f} to {worst['ci_high']:+.2f})"
            )
    return sentences


def find_no_better_named(
    scores: pd.DataFrame,
    trained: Sequence[str],
    untrained: Sequence[str],
    titles: Mapping[str, Titles],
) -> list[str]:
    """Compare them by how many artists are named, from as many known songs as there are scores of.

    Parameters
    ----------
    scores : pd.DataFrame
        From `deepartist.scores.gather_scores.read_scores`.
    trained, untrained, titles
        See `find_no_better`.

    Returns
    -------
    list of str
        A sentence for each trained model and data set where its mean over seeds is below that of
        one of the others.
    """
    named = scores[(scores["task"] == IDENTIFY) & (scores["vectors"] == EMBEDDING)]
    sentences = []
    for dataset, of_dataset in named.groupby("dataset", sort=False):
        known = find_known(of_dataset)[-1]
        means = (
            of_dataset[of_dataset["variant"] == known_songs(known)].groupby("model")["value"].mean()
        )
        others = means[means.index.isin(untrained)].sort_values(ascending=False)
        for model in trained:
            if model in means and len(others) and means[model] < others.iloc[0]:
                sentences.append(
                    f"{titles[str(dataset)]['title']}: {model} names artists from {known} known "
                    f"songs no better than {others.index[0]}, which nothing was trained for "
                    f"({means[model]:.2f} and {others.iloc[0]:.2f} are right)"
                )
    return sentences


def main(argv: Sequence[str] | None = None) -> None:
    """Say which trained models do no better than what nothing was trained for."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.tables.compare_untrained", description=main.__doc__
    )
    parser.add_argument("--scores", type=Path, required=True, help="CSV of all scores")
    parser.add_argument(
        "--differences", type=Path, nargs="*", help="CSV of deepartist.scores.compare_models"
    )
    parser.add_argument("--trained", nargs="*", default=[], help="such as siamese-5000")
    parser.add_argument("--untrained", nargs="+", required=True, help="such as random and mel")
    add_titles_option(parser)
    parser.add_argument("--out", type=Path, required=True, help="text file to write")
    args = parser.parse_args(argv)
    titles = parse_titles(args.titles)
    sentences: list[str] = []
    for path in args.differences or ():
        try:
            differences = pd.read_csv(path)[COLUMNS]
        except (OSError, ValueError, KeyError) as error:
            raise InputError(f"{path}: not a table of differences ({error})") from error
        sentences += find_no_better(differences, args.trained, args.untrained, titles)
    scores = read_scores(args.scores)
    sentences += find_no_better_named(scores, args.trained, args.untrained, titles)
    text = "".join(f"{sentence}\n" for sentence in sentences)
    print(text or "all trained models do better than what nothing was trained for")
    with replacing(args.out) as partial:
        partial.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    stage.run(main)
