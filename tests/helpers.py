"""What several test files have in common."""

import ast
import math
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import deepartist
from deepartist.embeddings.features import write_features
from deepartist.scores.gather_scores import COLUMNS

PACKAGE = Path(deepartist.__file__).parent


def stage_names():
    """Every module of the package that has a main function, without the package's name."""
    return [
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name == "main"
    ]


def make_songs(n, noise, seed=0):
    """Songs of three labels, each label along an axis of its own; 60 % train, 20 % valid and test.

    Returns features, labels and split.
    """
    rng = np.random.default_rng(seed)
    axis = np.arange(n) % 3
    embedding = np.eye(3, 6)[axis] * 3 + noise * rng.normal(size=(n, 6))
    split = np.array(["train", "train", "train", "valid", "test"])[np.arange(n) // 3 % 5]
    return embedding.astype(np.float32), np.array(["blues", "jazz", "metal"])[axis], split


def write_songs(folder, embedding, labels, split, artists=None):
    """Write features and labels as files; artists as a further column of the labels."""
    ids = [f"song{i:03}" for i in range(len(labels))]
    write_features(folder / "features.npz", ids, embedding)
    table = pd.DataFrame({"clip_id": ids, "label": labels, "split": split})
    table = table if artists is None else table.assign(artist=artists)
    table.to_csv(folder / "labels.csv", index=False)
    return table


# small integers, so that zero vectors, parallel vectors and ties are common
small_embeddings = hnp.arrays(
    np.float32,
    st.tuples(st.integers(2, 12), st.integers(1, 3)),
    elements=st.integers(-2, 2).map(float),
)


def slow_cosine(a, b):
    """Cosine similarity of two vectors, one product at a time; 0 where a vector is zero."""
    dot = sum(float(x) * float(y) for x, y in zip(a, b, strict=True))
    norms = math.sqrt(sum(float(x) ** 2 for x in a)) * math.sqrt(sum(float(y) ** 2 for y in b))
    return dot / norms if norms else 0.0


def score(
    task,
    variant,
    value,
    *,
    dataset="gtzan",
    model="basic-32",
    seed=0,
    vectors="embedding",
    width=0.05,
):
    """A row of the table of scores, with an interval of `width` to both sides."""
    return {
        "task": task,
        "dataset": dataset,
        "model": model,
        "seed": seed,
        "vectors": vectors,
        "variant": variant,
        "value": value,
        "ci_low": value - width,
        "ci_high": value + width,
        "n": 290,
        "artists": 0,
        "setting": "",
    }


def softmax_scores(value, *trials, **about):
    """The score of a linear softmax and of its trainings."""
    singles = [score("softmax", f"trial-{i}", v, **about) for i, v in enumerate(trials)]
    return [score("softmax", "test", value, **about), *singles]


def frame(*rows):
    """A table of scores."""
    return pd.DataFrame(rows, columns=COLUMNS)


def put(config, key, value):
    """Copy a config with the value of a dotted key set, blocks on the way made."""
    first, _, rest = key.partition(".")
    value = put(config.get(first, {}), rest, value) if rest else value
    return {**config, first: value}
