"""docs/howto/own_score.md: its function is right, and its changes fit the code as it is."""

import re
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from helpers import PACKAGE, slow_cosine, small_embeddings

PAGE = Path(__file__).parents[2] / "docs/howto/own_score.md"
CHANGED = ["scores/score_features.py", "tables/table_scores.py", "tables/layout.py"]


def blocks(language):
    """The code of the page in one language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def precision_at(*words):
    (code,) = blocks("python")
    names = {}
    exec(compile(code, str(PAGE), "exec"), names)
    return names["precision_at"](*words)


@given(small_embeddings, st.data())
def test_the_function_counts_the_nearest_songs_of_the_label(embedding, data):
    n = len(embedding)
    labels = np.array(data.draw(st.lists(st.sampled_from("ab"), min_size=n, max_size=n)))
    values = precision_at(embedding, labels, 2)
    for song, value in enumerate(values):
        others = [other for other in range(n) if other != song]
        # rounded, because this sum of products may differ in its last digits
        near = {o: round(slow_cosine(embedding[song], embedding[o]), 6) for o in others}
        levels = sorted(near.values(), reverse=True)[:2]
        if len(others) < 2 or sorted(near.values(), reverse=True)[2:3] == levels[-1:]:
            continue  # fewer songs than asked for, or a tie for the last place
        nearest = [other for other in others if near[other] >= levels[-1]]
        assert value == np.mean([labels[other] == labels[song] for other in nearest])


def test_the_changes_fit_the_code():
    code = [(PACKAGE / name).read_text(encoding="utf-8") for name in CHANGED]
    changes = blocks("diff")
    assert len(changes) == 6
    for change in changes:
        lines = change.splitlines()
        before = "\n".join(line[1:] for line in lines if line[0] in " -")
        assert sum(text.count(before) for text in code) == 1, before
