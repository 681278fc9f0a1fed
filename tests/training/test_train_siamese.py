"""The Siamese model: its loss is chosen by a setting, and it needs songs to draw."""

import importlib
import json
import pickle

import numpy as np
import pytest
import torch

from artist_songs import make_entries
from deepartist.config.settings import load_schema
from deepartist.datasets.artist_list import artist_label
from deepartist.datasets.manifest import build_manifest, write_manifest
from deepartist.mels.shard_writer import save_shard
from deepartist.process.errors import InputError
from deepartist.provenance.fingerprint import fingerprint
from deepartist.splits import split_artists
from deepartist.splits.split_table import read_split
from deepartist.training import train_siamese
from deepartist.training.command import loss_module
from deepartist.training.losses.hinge import hinge_loss
from trainings import settings_of, stage_of, train

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
    module = importlib.import_module(f"deepartist.{loss_module(settings)}")
    assert callable(module.make_loss(settings))


def test_the_margin_is_the_setting():
    module = importlib.import_module("deepartist.training.losses.hinge")
    loss = module.make_loss(settings_of("siamese", margin=0.7))
    features = torch.randn(3, 6, 8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(loss(features, None), hinge_loss(features, 0.7))


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


# An artist set of which some clips cannot be used: five artists, with songs 1 to 3 to train on, 4
# and 5 to validate on.


@pytest.fixture
def split_without(tmp_path):
    """Split a published list some of whose songs have no usable clip, as (artist, song)."""

    def call(lost):
        entries = make_entries(5, songs=5)
        lines = ["/".join(map(str, entry)) for entry in entries]
        (tmp_path / "list.pkl").write_bytes(pickle.dumps(lines, 2))
        rows = [
            {"clip_id": clip, "path": "x", "artist_id": artist_label(artist)}
            for clip, artist, song in entries
            if (artist, song) not in lost
        ]
        write_manifest(build_manifest(rows), tmp_path / "clips.csv")
        words = ["--manifest", tmp_path / "clips.csv", "--published", tmp_path / "list.pkl"]
        words += ["--out", tmp_path / "set.csv", "--set", "count=5"]
        words += ["songs_train=3", "songs_valid=2", "songs_test=0"]
        split_artists.main(list(map(str, words)))
        return tmp_path / "set.csv"

    return call


def train_from(split_path, kind, folder):
    """Train one epoch from files; return the labels that the model knows."""
    clips = read_split(split_path)["clip_id"]
    mels = np.random.default_rng(0).random((len(clips), 200, 128)).astype(np.float16)
    mels = np.pad(mels, ((0, 0), (0, 1091), (0, 0)))
    save_shard(folder / "shard", mels, [{"clip_id": c, "frames": 200} for c in clips], [])
    stage_of(kind).main(
        [
            *("--split", str(split_path), "--shards", str(folder / "shard/shard.json")),
            *("--out", str(folder / kind), "--device", "cpu", "--set", "max_epochs=1"),
        ]
    )
    return json.loads((folder / kind / "model.json").read_text())["labels"]


@pytest.mark.parametrize("kind", ["siamese", "basic"])
@pytest.mark.parametrize(
    ("lost", "trained"),
    [
        ([], "01234"),
        ([(1, 1), (1, 3)], "0234"),  # one training song is left
        ([(1, 1), (1, 2), (1, 3)], "0234"),  # only validation songs are left
        ([(1, 1), (1, 2), (1, 3), (1, 5)], "0234"),  # only one validation song is left
        ([(1, 2), (1, 4)], "01234"),  # two training songs and one validation song
        ([(1, 4), (1, 5)], "01234"),  # no validation song
        ([(a, 4) for a in range(5)], "01234"),
        ([(a, s) for a in (0, 1, 2) for s in (4, 5)] + [(3, 4), (4, 5)], "01234"),
    ],
)
def test_models_learn_from_what_is_left_of_an_artist_set(
    split_without, tmp_path, kind, lost, trained
):
    labels = train_from(split_without(lost), kind, tmp_path)
    assert labels == [artist_label(int(artist)) for artist in trained]
