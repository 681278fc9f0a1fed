from deepartist.models.weights import load_model
from deepartist.training.make_random import main


def test_without_training_songs_the_input_is_standardised_as_the_authors_is(tmp_path):
    main(["--split", "--shards", "--seed", "3", "--out", str(tmp_path / "model")])
    model = load_model(tmp_path / "model")
    # the constants of the authors' code
    assert (model.input_mean, model.input_std) == (0.22620339, 0.25794547)
    main(["--seed", "4", "--out", str(tmp_path / "other")])
    weights = [m.encoder.blocks[0].conv.weight for m in (model, load_model(tmp_path / "other"))]
    assert not weights[0].equal(weights[1])
