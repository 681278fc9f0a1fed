import pytest

from deepartist.config.baselines import BASELINES
from deepartist.config.encoders import KNOWN_ENCODERS
from deepartist.config.model_names import describe_model


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("siamese-5000", "Siamese, 5,000 artists"),
        ("basic-32", "basic, 32 artists"),
        ("basic-all", "basic, all artists"),
        ("tag-500", "tag model, songs as for 500 artists"),
        ("authors-siamese-10000", "authors' Siamese, 10,000 artists"),
        ("authors-basic-10000-epoch-889", "authors' basic, 10,000 artists, epoch 889"),
        ("basic", "basic"),
        ("siamese", "Siamese"),
        ("random", "untrained encoder"),
        ("mfcc", "MFCC statistics"),
        ("mel", "log-mel statistics"),
    ],
)
def test_names_are_written_out(model, name):
    assert describe_model(model) == name


@pytest.mark.parametrize(
    "name", ["cosine-12", "clap-2023", "clap", "siamese_contrastive-5000", "authors", "a-basic-5"]
)
def test_names_from_the_config_stay_as_they_are(name):
    assert describe_model(name) == name


def test_no_two_models_have_the_same_name():
    models = [
        *BASELINES,
        *KNOWN_ENCODERS,
        "siamese-5000",
        "siamese-10000",
        "basic-5000",
        "tag-5000",
    ]
    assert len({describe_model(model) for model in models}) == len(models)
    assert all(describe_model(model) != model for model in models)
