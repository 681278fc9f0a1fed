"""A step: the same as by a plain, slow path, wherever the songs lie and however it is run."""

import numpy as np
import pytest
import torch

from deepartist.config.settings import parse_settings
from deepartist.models.encoder import Encoder, initialise
from deepartist.training import steps
from deepartist.training.losses.hinge import hinge_loss
from deepartist.training.train_basic import basic_task
from deepartist.training.train_siamese import siamese_task

CPU = torch.device("cpu")
MEAN, STD = 0.4, 0.3
LEARNING_RATE, MOMENTUM, L2, MARGIN = 0.004, 0.9, 0.01, 0.4
ARTISTS, SONGS, BATCH, NEGATIVES = 4, 5, 4, 2
N_STEPS = 50

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")


def make_mels(rng):
    mels = rng.random((ARTISTS * SONGS, 1291, 128)).astype(np.float16)
    return mels, rng.integers(200, 1292, len(mels))


def make_training(kind, mels, frames, device, dropout=0.0, dtype=torch.float32):
    """A model, all that is drawn and lost in each step, and the step."""
    artists = torch.arange(ARTISTS, device=device).repeat_interleave(SONGS)
    if kind == "basic":
        task = basic_task(artists)
    else:
        task = siamese_task(artists, NEGATIVES, lambda *f: hinge_loss(*f, margin=MARGIN))
    losses = []

    def loss(features, songs):
        value = task.loss(features, songs)
        losses.append(value.detach())
        return value

    words = [f"momentum={MOMENTUM}", f"l2={L2}", f"learning_rate={LEARNING_RATE}"]
    generator = torch.Generator(device).manual_seed(0)
    torch.manual_seed(0)
    model = torch.nn.ModuleDict({"encoder": Encoder(dropout).to(device)})
    if task.head:
        model["head"] = task.head
    initialise(model, generator)
    songs = steps.place_songs(mels, frames, MEAN, STD, device)
    step = steps.make_step(
        model.to(dtype).train(),
        task._replace(loss=loss),
        task.drawing_from(torch.arange(len(mels), device=device)),
        songs,
        steps.make_optimizer(model, parse_settings(words, f"train_{kind}"), device),
        BATCH,
        generator,
        total := torch.zeros((), device=device, dtype=dtype),
    )
    return model, losses, step, total


def batches(device):
    generator = torch.Generator().manual_seed(1)
    for number in range(N_STEPS):
        anchors = torch.randperm(ARTISTS * SONGS, generator=generator)[:BATCH]
        yield anchors.to(device), LEARNING_RATE / (1 + 0.01 * number)


def slow_encoder(weights, segments):
    """The layers of the table in FACTS.md, one after the other: (B, 129, 128) to (B, 256)."""
    x = segments.transpose(1, 2)
    for layer, (kernel, pool) in enumerate([(4, 4), (4, 4), (4, 4), (2, 2), (1, 1)]):
        name = f"encoder.blocks.{layer}"
        left = {4: 1, 2: 0, 1: 0}[kernel]
        x = torch.cat(
            [x.new_zeros(*x.shape[:2], left), x, x.new_zeros(*x.shape[:2], kernel - 1 - left)], 2
        )
        bias = weights[f"{name}.conv.bias"][None, :, None]
        length = x.shape[2] - kernel + 1
        x = bias + sum(
            torch.einsum("bit,oi->bot", x[:, :, k : k + length], weight)
            for k, weight in enumerate(weights[f"{name}.conv.weight"].unbind(2))
        )
        mean = x.mean(dim=(0, 2), keepdim=True)
        variance = ((x - mean) ** 2).mean(dim=(0, 2), keepdim=True)
        x = (x - mean) / (variance + 1e-3).sqrt()
        scale, shift = weights[f"{name}.norm.weight"], weights[f"{name}.norm.bias"]
        x = (x * scale[None, :, None] + shift[None, :, None]).clamp(min=0)
        x = x[:, :, : x.shape[2] // pool * pool].unflatten(2, (-1, pool)).amax(dim=3)
    return x.mean(dim=2)


def slow_loss(kind, weights, features, anchors):
    if kind == "basic":
        logits = features[:, 0] @ weights["head.weight"].T + weights["head.bias"]
        artists = anchors // SONGS
        return -sum(
            row[artist] - row.exp().sum().log() for row, artist in zip(logits, artists, strict=True)
        ) / len(anchors)
    total = 0.0
    for anchor, positive, *negatives in features:
        cosine = [a @ anchor / (a.norm() * anchor.norm()) for a in (positive, *negatives)]
        total += sum((MARGIN - cosine[0] + other).clamp(min=0) for other in cosine[1:])
    return total


@pytest.mark.parametrize("kind", ["basic", "siamese"])
def test_fifty_steps_equal_a_slow_path_from_the_same_draws(kind, rng, monkeypatch):
    mels, frames = make_mels(rng)
    drawn = []
    cut = steps.cut_segments

    def recorded(mels, songs, starts):
        drawn.append((songs.tolist(), starts.tolist()))
        return cut(mels, songs, starts).double()  # rounding grows from step to step

    monkeypatch.setattr(steps, "cut_segments", recorded)
    model, losses, step, total = make_training(kind, mels, frames, CPU, dtype=torch.float64)
    weights = {n: p.detach().clone().requires_grad_() for n, p in model.named_parameters()}
    velocity = dict.fromkeys(weights, 0.0)
    for number, (anchors, rate) in enumerate(batches(CPU)):
        step(anchors, rate)
        songs, starts = drawn[number]
        assert [row[0] for row in songs] == anchors.tolist()
        segments = [
            torch.from_numpy((mels[song, start : start + 129].astype(np.float64) - MEAN) / STD)
            for row, row_starts in zip(songs, starts, strict=True)
            for song, start in zip(row, row_starts, strict=True)
        ]
        features = slow_encoder(weights, torch.stack(segments)).unflatten(0, (BATCH, -1))
        loss = slow_loss(kind, weights, features, anchors)
        assert float(losses[number]) == pytest.approx(float(loss.detach()), rel=1e-4), number
        gradients = torch.autograd.grad(loss, list(weights.values()))
        # Keras: v = momentum · v - rate · g;  w = w + momentum · v - rate · g
        for (name, weight), gradient in zip(list(weights.items()), gradients, strict=True):
            if name.endswith("conv.weight"):
                gradient = gradient + 2 * L2 * weight
            # after a drop of the rate PyTorch's velocity is scaled at once, Keras' is not
            velocity[name] = MOMENTUM * velocity[name] + gradient
            change = gradient + MOMENTUM * velocity[name]
            weights[name] = (weight - rate * change).detach().requires_grad_()
    assert len(losses) == N_STEPS
    assert float(total) == pytest.approx(float(sum(losses)))
    for name, parameter in model.named_parameters():
        if not name.endswith("conv.bias"):  # batch norm takes them out again
            torch.testing.assert_close(
                parameter.detach(), weights[name].detach(), rtol=1e-3, atol=1e-3
            )


def test_a_memory_map_is_trained_on_as_memory_is(rng, tmp_path):
    mels, frames = make_mels(rng)
    mapped = np.memmap(tmp_path / "mels", np.float16, "w+", shape=mels.shape)
    mapped[:] = mels
    found = []
    for songs in (mels, mapped):
        _, losses, step, _ = make_training("siamese", songs, frames, CPU)
        for anchors, rate in batches(CPU):
            step(anchors, rate)
        found.append(losses)
    assert found[0] == found[1]


def run(kind, mels, frames, device):
    model, _, step, total = make_training(kind, mels, frames, device, dropout=0.5)
    for anchors, rate in batches(device):
        step(anchors, rate)
    return float(total), {n: p.detach().cpu() for n, p in model.named_parameters()}


@needs_gpu
@pytest.mark.parametrize("kind", ["basic", "siamese"])
def test_a_graph_equals_its_steps(kind, rng, monkeypatch, capsys):
    mels, frames = make_mels(rng)
    device = torch.device("cuda")
    total, weights = run(kind, mels, frames, device)
    assert "no CUDA graph" not in capsys.readouterr().out
    monkeypatch.setattr(steps, "_capture", lambda update, *_: update)
    plain_total, plain_weights = run(kind, mels, frames, device)
    assert total == pytest.approx(plain_total, rel=1e-3)
    for name, weight in weights.items():
        torch.testing.assert_close(weight, plain_weights[name], rtol=0.05, atol=5e-3)


@needs_gpu
def test_songs_that_do_not_fit_are_cut_in_main_memory(rng, monkeypatch, capsys):
    mels, frames = make_mels(rng)
    device = torch.device("cuda")
    total, _ = run("siamese", mels, frames, device)
    monkeypatch.setattr(steps, "RESERVE_BYTES", 2**60)
    other, _ = run("siamese", mels, frames, device)
    assert "crops are cut in main memory" in capsys.readouterr().out
    assert total == pytest.approx(other, rel=1e-3)
