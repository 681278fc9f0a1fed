"""Model cards: all of it comes from the files, and nothing from the data becomes markup."""

import json

import pytest

from deepartist.process.errors import InputError
from deepartist.tables.write_card import main
from helpers import frame, score
from trainings import settings_of

REAL = {"is_synthesised": False}
ORIGIN = {"commit": "0123456789abcdef", "uncommitted_changes": True, "device": "cpu"}


@pytest.fixture
def write(tmp_path):
    """Write a card of a model; return its text."""

    def call(kind="siamese", data=None, baselines=("random", "mel"), model_text=None, **model):
        about = {
            "kind": kind,
            "architecture": "five blocks",
            "labels": ["ann", "<b>bob</b>"],
            "seed": 1,
            "settings": settings_of(kind, learning_rate=0.25),
            "provenance": ORIGIN,
        }
        text = json.dumps(about | model) if model_text is None else model_text
        (tmp_path / "model.json").write_text(text)
        (tmp_path / "history.csv").write_text(
            "epoch,step,learning_rate,train_loss,valid_loss\n"
            "1,5,0.1,0.9,0.8\n2,10,0.1,0.7,0.625\n3,15,0.1,0.5,0.75\n"
        )
        (tmp_path / "split.csv").write_text(
            "clip_id,label,split,album_id\n1,ann,train,\n2,ann,train,x\n3,<b>bob</b>,valid,\n"
        )
        own = {"dataset": "mine", "model": f"{kind}-2"}
        rows = [
            score("map", "all", 0.5, seed=1, **own),
            score("map", "all", 0.62, seed=1, vectors="balanced", **own),
            score("map", "all", 0.1, seed=0, **own),
            score("map", "all", 0.36, dataset="mine", model="random", seed=1),
            score("map", "all", 0.2, dataset="mine", model="random", seed=0),
            score("map", "all", 0.25, dataset="mine", model="mel", seed=0),
        ]
        frame(*rows).to_csv(tmp_path / "scores.csv", index=False)
        data = data or [{"name": "music", "kind": "library", "licence": "mine", **REAL}]
        main(
            [
                *("--name", f"{kind}-2", "--model", str(tmp_path / "model.json")),
                *("--history", str(tmp_path / "history.csv")),
                *("--split", str(tmp_path / "split.csv")),
                *("--scores", str(tmp_path / "scores.csv")),
                *("--data", data if isinstance(data, str) else json.dumps(data)),
                *("--baselines", *baselines, "--titles", 'mine={"title": "A | B"}'),
                *("--out", str(tmp_path / "card.md")),
            ]
        )
        return (tmp_path / "card.md").read_text(encoding="utf-8")

    return call


def test_a_card_says_what_the_files_say(write):
    card = write()
    assert card.startswith("# siamese-2, seed 1\n")
    assert "Songs to train on: 2; to validate on: 1; 2 artists: ann, \\<b\\>bob\\</b\\>." in card
    assert "3 epochs; the weights are those of epoch 2" in card
    assert "0.6250 (training loss 0.7000)" in card
    assert "`batch_size: 4`, `learning_rate: 0.25`, `dropout: 0`." in card
    assert "(MIT licence), 0123456789ab with uncommitted changes; device: cpu." in card
    assert "Started from" not in card


def test_scores_stand_beside_those_of_baselines_with_the_same_seed(write):
    lines = write().splitlines()
    assert "| | siamese-2 | random | mel |" in lines
    row = "| A \\| B: retrieval, mean average precision, `{}` | {} |"
    of_embedding = "0.50 [0.45, 0.55] | 0.36 [0.31, 0.41] | 0.25 [0.20, 0.30]"
    assert row.format("embedding", of_embedding) in lines
    assert row.format("balanced", "0.62 [0.57, 0.67] | – | –") in lines


@pytest.mark.parametrize(
    ("licence", "is_synthesised", "words"),
    [
        ("CC BY <4.0>", False, "`music`, of the kind `table`; licence: CC BY \\<4.0\\>"),
        ("any", True, "synthesised by this program, so no licence is needed"),
    ],
)
def test_the_licence_of_the_music_is_told(write, licence, is_synthesised, words):
    data = {"name": "music", "kind": "table", "licence": licence, "is_synthesised": is_synthesised}
    other = {"name": "other", "kind": "fma", "licence": "its own", "is_synthesised": False}
    card = write(data=[data, other])
    assert words in card
    assert "`other`, of the kind `fma`; licence: its own" in card


def test_a_model_that_was_tuned_says_from_where_and_how_much_of_it_was_kept(write):
    settings = settings_of("basic", init="released")
    card = write("basic", share=0.5, settings=settings)
    assert "Started from `released`; validation songs chose a share of 0.5" in card


def test_a_tag_model_speaks_of_tags(write):
    card = write("tag")
    assert "; 2 tags." in card
    assert "Artist names stand for" not in card


def test_a_model_without_scores_says_so(write):
    assert "It has not been scored." in write(seed=7)


def test_data_that_are_not_described_are_refused(write):
    with pytest.raises(
        InputError, match="give a list of name, kind, licence, is_synthesised in JSON"
    ):
        write(data='[{"name": "music"}]')


def test_a_model_that_cannot_be_read_is_named(write):
    with pytest.raises(InputError, match=r"model\.json: the model cannot be read: Expecting value"):
        write(model_text="x")
