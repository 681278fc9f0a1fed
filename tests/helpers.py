"""What several test files have in common."""

import ast
from pathlib import Path

import numpy as np
import pandas as pd

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
    """Songs of three genres, each genre along an axis of its own; 60 % train, 20 % each other."""
    rng = np.random.default_rng(seed)
    genre = np.arange(n) % 3
    embedding = np.eye(3, 6)[genre] * 3 + noise * rng.normal(size=(n, 6))
    split = np.array(["train", "train", "train", "valid", "test"])[np.arange(n) // 3 % 5]
    return embedding.astype(np.float32), np.array(["blues", "jazz", "metal"])[genre], split


def write_songs(folder, embedding, labels, split):
    """Write features and labels as files."""
    ids = [f"song{i:03}" for i in range(len(labels))]
    write_features(folder / "features.npz", ids, embedding)
    table = pd.DataFrame({"clip_id": ids, "genre": labels, "split": split})
    table.to_csv(folder / "labels.csv", index=False)
    return table


def score(task, variant, value, *, dataset="gtzan", model="basic-32", seed=0, width=0.05):
    return {
        "task": task,
        "dataset": dataset,
        "model": model,
        "seed": seed,
        "variant": variant,
        "value": value,
        "ci_low": value - width,
        "ci_high": value + width,
        "n": 290,
    }


def frame(*rows):
    return pd.DataFrame(rows, columns=COLUMNS)


def put(config, key, value):
    """Copy a config with the value of a dotted key set, blocks on the way made."""
    first, _, rest = key.partition(".")
    value = put(config.get(first, {}), rest, value) if rest else value
    return {**config, first: value}
