"""The Siamese model: its loss is chosen by a setting, and it needs songs to draw."""

import importlib
import json

import numpy as np
import pytest

from deepartist.config.settings import load_schema
from deepartist.process.errors import InputError
from deepartist.provenance.fingerprint import fingerprint
from deepartist.training import train_siamese
from deepartist.training.losses.hinge import hinge_loss
from trainings import settings_of, train

LOSSES = load_schema()["$defs"]["train_siamese"]["properties"]["loss"]["enum"]


def test_the_loss_is_chosen_by_its_setting(data):
    hinge, softmax = (
        train("siamese", data, max_epochs=1, loss=loss).history for loss in ("hinge", "softmax")
    )
    # Before anything is learned, all cosines are alike: four negatives cost 4 · 0.4, or log 5. The
    # least that the softmax loss can be is that of the cosines 1 and -1: log(1 + 4 · exp(-2)).
    assert 0 < hinge[0]["train_loss"] < 4 * 0.4
    assert np.log(1 + 4 * np.exp(-2)) < softmax[0]["train_loss"] < np.log(5)


@pytest.mark.parametrize("loss", LOSSES)
def test_each_loss_that_the_schema_allows_is_a_module(loss):
    settings = settings_of("siamese", loss=loss)
    module = importlib.import_module(f"deepartist.{train_siamese.loss_module(settings)}")
    assert callable(module.make_loss(settings))


def test_the_margin_is_the_setting():
    module = importlib.import_module("deepartist.training.losses.hinge")
    loss = module.make_loss(settings_of("siamese", margin=0.7))
    assert (loss.func, loss.keywords) == (hinge_loss, {"margin": 0.7})


@pytest.mark.parametrize("loss", LOSSES)
def test_a_model_says_that_its_loss_made_it_and_no_other(loss, words, tmp_path):
    train_siamese.main([*words, "negatives=1", f"loss={loss}"])
    origin = json.loads((tmp_path / "model/model.json").read_text())["provenance"]
    assert origin["stage"] == "training.train_siamese"
    assert origin["code"] == fingerprint("training.train_siamese", f"training.losses.{loss}")
    modules = {entry.partition("=")[0].removeprefix("deepartist.") for entry in origin["code"]}
    losses = {name for name in modules if name.startswith("training.losses.")}
    assert losses == {f"training.losses.{loss}", "training.losses.relevance"}


def test_too_few_songs_of_others_are_named(data):
    with pytest.raises(
        InputError, match="negatives: is 40, but for an artist there are only 16 songs by others"
    ):
        train("siamese", data, negatives=40)


def test_an_artist_with_one_song_has_no_positive(data):
    labels = ["alone", *data.song_labels[1:]]
    with pytest.raises(InputError, match="two songs by each artist, for positives"):
        train("siamese", data._replace(song_labels=labels))
