"""The encoder: its size, its shapes, and the authors' weights against a slow numpy pass."""

import re

import h5py
import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from deepartist.constants import AUTHORS_INPUT_MEAN as INPUT_MEAN
from deepartist.constants import AUTHORS_INPUT_STD as INPUT_STD
from deepartist.embeddings import embed_clips as embed_clips_module
from deepartist.embeddings.embed_clips import cut_clip, embed_clips
from deepartist.mels.clip import read_clip
from deepartist.models.authors import load_keras
from deepartist.models.device import choose_device
from deepartist.models.encoder import BatchNorm, Encoder, fold_biases, initialise, make_head
from deepartist.models.known_models import load_any_model
from deepartist.models.weights import TrainedEncoder, load_model, save_model
from deepartist.process.errors import InputError
from keras_files import draw_blocks, slow_forward


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
    assert trainable == 264_448 - 768  # the authors' biases of convolutions are folded
    shapes = [tuple(y.shape) for y in encoder.responses(torch.zeros(3, 129, 128))]
    assert shapes == [(3, 128, 129), (3, 128, 32), (3, 128, 8), (3, 128, 2), (3, 256, 1)]
    assert encoder(torch.zeros(3, 129, 128)).shape == (3, 256)
    assert make_head(7)(torch.zeros(3, 256)).shape == (3, 7)


class Turnings(TorchDispatchMode):
    """Notes what turns tensors round in memory: copies into another order of the dimensions."""

    def __init__(self):
        super().__init__()
        self.found = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        if function._schema.name in ("aten::clone", "aten::contiguous", "aten::copy_"):
            self.found.append(function._schema.name)
        return result


def test_channels_lie_innermost_from_end_to_end():
    encoder = Encoder()
    initialise(encoder, torch.Generator().manual_seed(0))
    seen = []
    for block in encoder.blocks:
        block.register_forward_hook(lambda block, inputs, output: seen.extend([*inputs, output]))
    segments = torch.randn(3, 129, 128)
    with Turnings() as turnings:
        encoder(segments).sum().backward()
    assert turnings.found == []
    assert len(seen) == 10
    for block in encoder.blocks:
        kernel = block.conv.weight
        seen += [kernel.unsqueeze(2), kernel.grad.unsqueeze(2)]
    for tensor in seen:
        assert tensor.dim() == 4
        assert tensor.is_contiguous(memory_format=torch.channels_last)
        if tensor.shape[3] > 1:
            assert not tensor.is_contiguous()


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="needs oneDNN")
def test_nothing_is_turned_round_within_operations():
    encoder = Encoder()
    initialise(encoder, torch.Generator().manual_seed(0))
    segments = torch.randn(3, 129, 128)
    with torch.autograd.profiler.profile(record_shapes=True) as profile:
        encoder(segments).sum().backward()
    names = [event.name for event in profile.function_events]
    assert names.count("aten::convolution_backward") == 5
    assert "aten::new_empty_strided" not in names  # as where a gradient is not as its kernel is
    turned = [e.input_shapes[0] for e in profile.function_events if e.name == "aten::contiguous"]
    # The last pooling leaves one place, whose gradient PyTorch takes to be in the other order.
    assert turned in ([], [[3, 128, 1, 2]])


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
        assert block.conv.weight.unsqueeze(2).is_contiguous(memory_format=torch.channels_last)


def test_initialisation_draws_in_the_order_of_the_dimensions():
    encoder = Encoder()
    initialise(encoder, torch.Generator().manual_seed(3))
    generator = torch.Generator().manual_seed(3)
    for block in encoder.blocks:
        kernel = torch.empty(block.conv.weight.shape)
        torch.nn.init.kaiming_uniform_(kernel, nonlinearity="relu", generator=generator)
        assert torch.equal(block.conv.weight, kernel)


def test_batch_norm_equals_a_slow_one_in_training_and_after(rng):
    norm = BatchNorm(5).double()
    mean, var = rng.normal(size=5), rng.uniform(0.5, 2, 5)
    scale, shift = rng.uniform(0.5, 2, 5), rng.normal(size=5)
    values = {"running_mean": mean, "running_var": var, "weight": scale, "bias": shift}
    norm.load_state_dict({name: torch.from_numpy(value) for name, value in values.items()})
    for _ in range(3):
        batch = rng.normal(2, 3, size=(4, 5, 1, 7))
        columns = batch.transpose(1, 0, 2, 3).reshape(5, -1)
        mean = 0.99 * mean + 0.01 * columns.mean(axis=1)
        var = 0.99 * var + 0.01 * columns.var(axis=1, ddof=1)
        used = {True: (columns.mean(axis=1), columns.var(axis=1)), False: (mean, var)}
        for training, statistics in used.items():
            ours = norm.train(training)(torch.from_numpy(batch)).detach().numpy()
            centre, spread, gamma, beta = (
                of_channels[:, None, None] for of_channels in (*statistics, scale, shift)
            )
            expected = (batch - centre) / np.sqrt(spread + 1e-3) * gamma + beta
            np.testing.assert_allclose(ours, expected, atol=1e-12)
    np.testing.assert_allclose(norm.running_mean, mean, rtol=1e-12)
    np.testing.assert_allclose(norm.running_var, var, rtol=1e-12)


def slow_outputs(blocks, segments):
    """Outputs of all blocks, by channel: (B, C, T) each."""
    passes = [slow_forward(blocks, segment) for segment in segments]
    return [np.stack([outputs[k].T for outputs in passes]) for k in range(5)]


def weights_with_biases(blocks) -> dict[str, torch.Tensor]:
    """Weights as earlier versions of this project named them, before biases were folded."""
    weights = {}
    for k, block in enumerate(blocks):
        kernel = np.ascontiguousarray(block["kernel"].transpose(2, 1, 0))
        weights |= {
            f"blocks.{k}.conv.weight": kernel,
            f"blocks.{k}.conv.bias": block["bias"],
            f"blocks.{k}.norm.weight": block["gamma"],
            f"blocks.{k}.norm.bias": block["beta"],
            f"blocks.{k}.norm.running_mean": block["moving_mean"],
            f"blocks.{k}.norm.running_var": block["moving_variance"],
        }
    tensors = {name: torch.from_numpy(value) for name, value in weights.items()}
    counts = {f"blocks.{k}.norm.num_batches_tracked": torch.tensor(7) for k in range(5)}
    return tensors | counts


def test_folded_biases_change_no_output(rng):
    blocks = draw_blocks(rng)
    encoder = Encoder().double().eval()
    weights = {name: tensor.double() for name, tensor in weights_with_biases(blocks).items()}
    encoder.load_state_dict(fold_biases(weights))
    segments = rng.normal(size=(2, 129, 128))
    with torch.no_grad():
        outputs = encoder.responses(torch.from_numpy(segments))
        embedding = encoder(torch.from_numpy(segments)).numpy()
    slow = slow_outputs(blocks, segments)
    for ours, theirs in zip(outputs, slow, strict=True):
        ours = np.maximum(ours.numpy(), 0)
        assert theirs.max() > 0.1
        np.testing.assert_allclose(ours, theirs, atol=1e-10 * theirs.max())
    np.testing.assert_allclose(embedding, slow[-1].mean(axis=2), atol=1e-10)


def test_the_authors_folded_biases_change_no_output(authors_weights, rng):
    encoder = load_keras(authors_weights).encoder
    blocks = read_blocks(authors_weights)
    segments = rng.normal(size=(2, 129, 128)).astype(np.float32)
    with torch.no_grad():
        outputs = encoder.double().responses(torch.from_numpy(segments).double())
    for ours, theirs in zip(outputs, slow_outputs(blocks, segments), strict=True):
        ours = np.maximum(ours.numpy(), 0)
        # The folded means are rounded to float32.
        np.testing.assert_allclose(ours, theirs, atol=1e-6 * theirs.max())


def test_a_model_of_an_earlier_version_is_read(tmp_path, rng):
    blocks = draw_blocks(rng)
    weights = {f"encoder.{name}": value for name, value in weights_with_biases(blocks).items()}
    weights["head.weight"] = torch.zeros(3, 256)
    save_model(tmp_path, weights, {"input_mean": 0.25, "input_std": 0.5})
    loaded = load_model(tmp_path)
    assert (loaded.input_mean, loaded.input_std) == (0.25, 0.5)
    segments = rng.normal(size=(2, 129, 128))
    with torch.no_grad():
        embedding = loaded.encoder(torch.from_numpy(segments).float()).numpy()
    slow = slow_outputs(blocks, segments)[-1].mean(axis=2)
    np.testing.assert_allclose(embedding, slow, atol=1e-5 * slow.max())


class Unordered(TorchDispatchMode):
    """Notes operations that add in any order on a GPU."""

    def __init__(self):
        super().__init__()
        self.found = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if re.search("index_add|index_put|scatter|bincount|segment_reduce", function._schema.name):
            self.found.append(function._schema.name)
        return function(*args, **(kwargs or {}))


def test_song_vectors_are_added_in_order(rng):
    encoder = Encoder().eval()
    initialise(encoder, torch.Generator().manual_seed(0))
    trained = TrainedEncoder(encoder, 0.5, 0.3)
    clips = [rng.random((n, 128), np.float32) for n in (129, 300, 1291, 700)]
    with Unordered() as unordered:
        embedding, multilevel = embed_clips(trained, clips, torch.device("cpu"))
    assert unordered.found == []
    for clip, ours, ours_multilevel in zip(clips, embedding, multilevel, strict=True):
        with torch.no_grad():
            segments = [
                torch.from_numpy((clip[k * 129 : (k + 1) * 129] - 0.5) / 0.3)[None].float()
                for k in range(min(10, len(clip) // 129))
            ]
            vectors = [encoder(segment)[0].numpy() for segment in segments]
            maxima = [
                np.concatenate([y[0].amax(dim=1).clamp(min=0) for y in encoder.responses(segment)])
                for segment in segments
            ]
        np.testing.assert_allclose(ours, np.mean(vectors, axis=0), atol=1e-5)
        np.testing.assert_allclose(ours_multilevel, np.mean(maxima, axis=0), atol=1e-5)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_a_gpu_embeds_as_a_cpu_does_and_twice_alike(rng):
    encoder = Encoder().eval()
    initialise(encoder, torch.Generator().manual_seed(0))
    clips = [rng.random((n, 128), np.float32) for n in (129, 300, 1291, 700)]
    on_cpu = embed_clips(TrainedEncoder(encoder, 0.5, 0.3), clips, choose_device("cpu"))
    on_gpu = TrainedEncoder(encoder.cuda(), 0.5, 0.3)
    one, again = (embed_clips(on_gpu, clips, choose_device("cuda")) for _ in range(2))
    for ours, same, expected in zip(one, again, on_cpu, strict=True):
        assert np.array_equal(ours, same)
        assert np.linalg.norm(ours - expected) < 1e-5 * np.linalg.norm(expected)


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


def test_long_songs_are_embedded_piece_by_piece(rng, monkeypatch):
    encoder = Encoder()
    initialise(encoder, torch.Generator().manual_seed(0))
    trained = TrainedEncoder(encoder.eval(), 0.5, 0.3)
    clips = [rng.random((n, 128), np.float32) for n in (129 * 23 + 5, 129, 129 * 12)]
    at_once = embed_clips(trained, clips, torch.device("cpu"))
    monkeypatch.setattr(embed_clips_module, "SEGMENTS_PER_BATCH", 7)
    for values, in_pieces in zip(
        at_once, embed_clips(trained, clips, torch.device("cpu")), strict=True
    ):
        np.testing.assert_allclose(values, in_pieces, atol=1e-5)
    parts = cut_clip(clips[0])
    assert len(parts) == 23
    each, _ = embed_clips(trained, list(parts), torch.device("cpu"))
    np.testing.assert_allclose(at_once[0][0], each.mean(axis=0), atol=1e-5)


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
