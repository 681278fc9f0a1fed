"""The encoder: its size, its shapes, and the authors' weights against a slow numpy pass."""

import h5py
import numpy as np
import pytest
import torch

from deepartist.constants import AUTHORS_INPUT_MEAN as INPUT_MEAN
from deepartist.constants import AUTHORS_INPUT_STD as INPUT_STD
from deepartist.embeddings.embed_songs import cut_clip, embed_clips
from deepartist.mels.clip import read_clip
from deepartist.models.authors import load_keras
from deepartist.models.encoder import Encoder, initialise, make_head
from deepartist.models.known_models import load_any_model
from deepartist.models.weights import load_model, save_model
from deepartist.process.errors import InputError
from keras_files import slow_forward


def read_blocks(path) -> list[dict[str, np.ndarray]]:
    """Read the weights of the authors' file by its layers' names."""
    with h5py.File(path) as file:
        layers = file["model_weights"]
        return [
            {
                name.partition(":")[0]: value[()]
                for kind in ("conv1d", "batch_normalization")
                for name, value in layers[f"{kind}_{number}/{kind}_{number}"].items()
            }
            for number in range(1, 6)
        ]


def test_authors_encoder_agrees_with_a_slow_pass_on_real_clips(authors_weights, music):
    trained = load_keras(authors_weights)
    for path in sorted(music.glob("*/*.mp3"))[::50]:
        frames = read_clip(path)
        embedding, multilevel = embed_clips(trained, [frames], torch.device("cpu"))
        segments = (cut_clip(frames).astype(np.float64) - INPUT_MEAN) / INPUT_STD
        assert len(segments) == 10
        passes = [slow_forward(read_blocks(authors_weights), segment) for segment in segments]
        slow_embedding = np.mean([outputs[-1].mean(axis=0) for outputs in passes], axis=0)
        slow_multilevel = np.mean(
            [np.concatenate([y.max(axis=0) for y in outputs]) for outputs in passes], axis=0
        )
        assert slow_embedding.max() > 0.1  # the network does answer
        np.testing.assert_allclose(embedding[0], slow_embedding, atol=1e-4)
        np.testing.assert_allclose(multilevel[0], slow_multilevel, atol=1e-4)


def test_authors_encoder_hears_artists(authors_weights, music):
    # Trained on 10,000 artists, it must place songs of these unseen ones together.
    trained = load_any_model(str(authors_weights)).trained
    paths = [p for artist in sorted(music.iterdir()) for p in sorted(artist.glob("*.mp3"))[:4]]
    artists = np.array([path.parent.name for path in paths])
    clips = [read_clip(path) for path in paths]
    vectors, _ = embed_clips(trained, clips, torch.device("cpu"))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    relevance = vectors @ vectors.T
    np.fill_diagonal(relevance, -1)
    hits = np.mean(artists[relevance.argmax(axis=1)] == artists)
    assert hits > 3 / (len(paths) - 1) * 4  # four times better than drawing a song


def test_size_and_shapes():
    encoder = Encoder()
    trainable = sum(p.numel() for p in encoder.parameters() if p.requires_grad)
    assert trainable == 264_448
    shapes = [tuple(y.shape) for y in encoder.responses(torch.zeros(3, 129, 128))]
    assert shapes == [(3, 128, 129), (3, 128, 32), (3, 128, 8), (3, 128, 2), (3, 256, 1)]
    assert encoder(torch.zeros(3, 129, 128)).shape == (3, 256)
    assert make_head(7)(torch.zeros(3, 256)).shape == (3, 7)


def test_dropout_only_while_training():
    encoder = Encoder(dropout=0.5)
    initialise(encoder, torch.Generator().manual_seed(0))
    segments = torch.randn(8, 129, 128, generator=torch.Generator().manual_seed(1))
    plain = encoder.eval()(segments)
    assert torch.equal(encoder(segments), plain)
    encoder.dropout.train()  # alone: batch norm stays as it was
    features, active = encoder(segments), plain > 0
    dropped = active & (features == 0)
    assert 0.4 < dropped.sum() / active.sum() < 0.6
    assert torch.allclose(features[active & ~dropped], 2 * plain[active & ~dropped])


def test_initialisation_is_he_uniform_and_repeatable():
    encoder, again = Encoder(), Encoder()
    initialise(encoder, torch.Generator().manual_seed(3))
    initialise(again, torch.Generator().manual_seed(3))
    for one, other in zip(encoder.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)
    for block, fan_in in zip(encoder.blocks, (512, 512, 512, 256, 128), strict=True):
        limit = (6 / fan_in) ** 0.5
        assert 0.99 * limit < block.conv.weight.abs().max() <= limit
        assert block.conv.weight.std().item() == pytest.approx(limit / 3**0.5, rel=0.02)
        assert not block.conv.bias.any()


def test_song_vector_is_the_mean_over_whole_segments(authors_weights, rng):
    trained = load_keras(authors_weights)
    clips = [rng.random((n, 128), np.float32) for n in (129, 300, 1291)]
    embedding, multilevel = embed_clips(trained, clips, torch.device("cpu"))
    assert embedding.shape == (3, 256)
    assert multilevel.shape == (3, 768)
    assert [len(cut_clip(clip)) for clip in clips] == [1, 2, 10]
    halves = [clips[1][:129], clips[1][129:258]]
    separate, _ = embed_clips(trained, halves, torch.device("cpu"))
    np.testing.assert_allclose(embedding[1], separate.mean(axis=0), atol=1e-5)
    alone, _ = embed_clips(trained, clips[2:], torch.device("cpu"))
    np.testing.assert_allclose(embedding[2], alone[0], atol=1e-5)


def test_a_model_comes_back_from_disk(tmp_path):
    encoder = Encoder()
    initialise(encoder, torch.Generator().manual_seed(0))
    weights = {f"encoder.{name}": value for name, value in encoder.state_dict().items()}
    save_model(tmp_path, weights, {"input_mean": 0.25, "input_std": 0.5})
    loaded = load_model(tmp_path)
    assert (loaded.input_mean, loaded.input_std) == (0.25, 0.5)
    assert not loaded.encoder.training
    for name, value in loaded.encoder.state_dict().items():
        assert torch.equal(value, encoder.state_dict()[name])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "model.json").unlink(), "no model there"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"x" * 99), "cannot be read"),
        (lambda folder: (folder / "model.safetensors").unlink(), "cannot be read"),
        (lambda folder: (folder / "model.json").write_text("{}"), "cannot be read"),
    ],
)
def test_a_broken_model_is_refused_in_one_line(tmp_path, spoil, message):
    weights = {f"encoder.{name}": value for name, value in Encoder().state_dict().items()}
    save_model(tmp_path, weights, {"input_mean": 0.0, "input_std": 1.0})
    spoil(tmp_path)
    with pytest.raises(InputError, match=message) as error:
        load_model(tmp_path)
    assert "\n" not in str(error.value)
