"""A step: the same as by a plain, slow path, wherever the songs lie; what it launches."""

from collections import Counter

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from deepartist.models.encoder import Encoder, initialise
from deepartist.training import chunks, steps
from deepartist.training.epoch import Batches, draw_epoch
from deepartist.training.losses.cross_entropy import make_loss as make_cross_entropy
from deepartist.training.losses.hinge import hinge_loss
from deepartist.training.losses.softmax import softmax_loss
from deepartist.training.schedule import Schedule
from deepartist.training.songs import TrainingData
from deepartist.training.state import State
from deepartist.training.train_basic import basic_task
from deepartist.training.train_siamese import siamese_task
from deepartist.training.train_tag import tag_task
from trainings import settings_of

CPU = torch.device("cpu")
MEAN, STD = 0.4, 0.3
LEARNING_RATE, DECAY, MOMENTUM, L2, MARGIN = 0.004, 0.01, 0.9, 0.01, 0.4
ARTISTS, SONGS, BATCH, NEGATIVES = 4, 5, 4, 2
N_STEPS = 50


def make_data(rng, mels=None):
    mels = rng.random((ARTISTS * SONGS, 1291, 128)).astype(np.float16) if mels is None else mels
    frames = np.random.default_rng(0).integers(200, 1292, len(mels))
    return TrainingData(torch.from_numpy(mels), frames, [], np.array([]), MEAN, STD)


def make_task(kind, device=CPU):
    artists = torch.arange(ARTISTS, device=device).repeat_interleave(SONGS)
    if kind == "basic":
        return basic_task(artists, make_cross_entropy({}))
    if kind == "tag":
        return tag_task(torch.rand(ARTISTS * SONGS, 7, device=device).round())
    if kind == "softmax":
        return siamese_task(artists, NEGATIVES, lambda f, a: softmax_loss(f))
    return siamese_task(artists, NEGATIVES, lambda f, a: hinge_loss(f, MARGIN))


def make_settings(kind, **changes):
    kind = "siamese" if kind == "softmax" else kind
    chosen = {"momentum": MOMENTUM, "l2": L2, "learning_rate": LEARNING_RATE} | changes
    return settings_of(kind, **chosen)


def make_state(task, kind, device=CPU, **changes):
    generator = torch.Generator(device).manual_seed(0)
    model = torch.nn.ModuleDict({"encoder": Encoder().to(device)})
    if task.head:
        model["head"] = task.head
    initialise(model, generator)
    optimizer = steps.make_optimizer(model.train(), make_settings(kind, **changes))
    total = torch.zeros((), device=device)
    return State(model, optimizer, generator, total, Schedule(LEARNING_RATE), [])


def draw(task, songs, generator, epochs):
    """Draw some epochs of all songs as one: (epochs · 5) batches of four songs."""
    n = len(songs.mels)
    pool = torch.arange(n, device=songs.frames.device)
    settings = {"learning_rate": LEARNING_RATE, "decay": DECAY}
    drawn = [
        draw_epoch(
            task,
            task.drawing_from(pool),
            n,
            songs.frames,
            BATCH,
            generator,
            epochs_before=e,
            **settings,
        )
        for e in range(epochs)
    ]
    return Batches(*map(torch.cat, zip(*drawn, strict=True)))


def slow_encoder(weights, segments):
    """The layers of the authors' table, one after the other: (B, 129, 128) to (B, 256)."""
    x = segments.transpose(1, 2)
    for layer, (kernel, pool) in enumerate([(4, 4), (4, 4), (4, 4), (2, 2), (1, 1)]):
        name = f"encoder.blocks.{layer}"
        left = {4: 1, 2: 0, 1: 0}[kernel]
        x = torch.cat(
            [x.new_zeros(*x.shape[:2], left), x, x.new_zeros(*x.shape[:2], kernel - 1 - left)], 2
        )
        length = x.shape[2] - kernel + 1
        x = sum(
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


@pytest.mark.parametrize(
    ("kind", "dropout", "velocity_kind", "batch_norm"),
    [
        ("basic", False, "pytorch", "batch"),
        ("basic", True, "keras", "batch"),
        ("siamese", False, "pytorch", "batch"),
        ("siamese", True, "pytorch", "input"),
        ("siamese", False, "keras", "input"),
    ],
)
def test_fifty_steps_equal_a_slow_path_from_the_same_draws(
    kind, dropout, velocity_kind, batch_norm, rng
):
    settings = make_settings(kind, velocity=velocity_kind, batch_norm=batch_norm)
    data, task = make_data(rng), make_task(kind)
    songs, state = steps.make_songs(data, CPU), make_state(task, kind, velocity=velocity_kind)
    assert songs.shift.tolist() == pytest.approx([-MEAN / STD] * 128)
    # In float64 and with the same last bits, because differences grow from step to step.
    songs = songs._replace(shift=torch.full((128,), -MEAN / STD, dtype=torch.float64))
    state.model.double()
    state.total_loss = state.total_loss.double()
    for parameter in state.model.parameters():
        velocity = state.optimizer.state[parameter]["momentum_buffer"]
        state.optimizer.state[parameter]["momentum_buffer"] = velocity.double()
    epoch = draw(task, songs, state.generator, N_STEPS * BATCH // len(data.mels))
    assert len(epoch.rows) == N_STEPS
    factors = torch.from_numpy(rng.random((*epoch.rows.shape, 256))) if dropout else None

    def cut(number, rows):
        return torch.stack(
            [data.mels.view(-1, 128)[row : row + 129] for row in rows.flatten()]
        ).view(*rows.shape, 129, 128)

    step = steps.make_step(
        state.model,
        task,
        songs,
        state.optimizer,
        epoch,
        cut,
        factors,
        state.total_loss,
        settings,
    )
    # A rate that drops, as on a plateau, is where the velocities differ.
    epoch.rates[N_STEPS // 2 :] *= 0.2
    weights = {n: p.detach().clone().requires_grad_() for n, p in state.model.named_parameters()}
    velocity = dict.fromkeys(weights, 0.0)
    slow_total = 0.0
    for number in range(N_STEPS):
        before = float(state.total_loss)
        step(number)
        songs_drawn, starts = epoch.rows[number] // 1291, epoch.rows[number] % 1291
        segments = [
            torch.from_numpy(
                (data.mels[song, start : start + 129].numpy().astype(np.float64) - MEAN) / STD
            )
            for song, start in zip(songs_drawn.flatten(), starts.flatten(), strict=True)
        ]
        segments = torch.stack(segments).unflatten(0, (BATCH, -1))
        parts = segments.unbind(1) if batch_norm == "input" else [segments.flatten(0, 1)]
        encoded = [slow_encoder(weights, part) for part in parts]
        features = torch.stack(encoded, 1) if len(parts) > 1 else encoded[0]
        features = features.view(BATCH, -1, 256)
        features = features * (factors[number] if dropout else 1)
        loss = slow_loss(kind, weights, features, songs_drawn[:, 0])
        slow_total += float(loss.detach())
        got = float(state.total_loss) - before
        assert got == pytest.approx(float(loss.detach()), rel=1e-9), number
        gradients = torch.autograd.grad(loss, list(weights.values()))
        rate = float(epoch.rates[number])  # rounded to float32, as rounding grows
        drop = 0.2 if number >= N_STEPS // 2 else 1
        assert rate == pytest.approx(drop * LEARNING_RATE / (1 + DECAY * number))
        # Keras: v = momentum · v - rate · g;  w = w + momentum · v - rate · g
        for (name, weight), gradient in zip(list(weights.items()), gradients, strict=True):
            if name.endswith("conv.weight"):
                gradient = gradient + 2 * L2 * weight
            if velocity_kind == "keras":
                velocity[name] = MOMENTUM * velocity[name] - rate * gradient
                changed = weight + MOMENTUM * velocity[name] - rate * gradient
            else:
                velocity[name] = MOMENTUM * velocity[name] + gradient
                changed = weight - rate * (gradient + MOMENTUM * velocity[name])
            weights[name] = changed.detach().requires_grad_()
    assert float(state.total_loss) == pytest.approx(slow_total, rel=1e-5)
    for name, parameter in state.model.named_parameters():
        torch.testing.assert_close(parameter.detach(), weights[name].detach(), rtol=1e-6, atol=1e-6)


def run(kind, data, device=CPU, dropout=0.5, epochs=5):
    """Train on some chunks of five steps; return the total loss and the weights."""
    task = make_task(kind, device)
    state, songs = make_state(task, kind, device), steps.make_songs(data, device)
    epoch = draw(task, songs, state.generator, 1)
    run_chunk = chunks.make_run_chunk(
        state, task, songs, epoch, make_settings(kind, dropout=dropout)
    )
    for _ in range(epochs):
        run_chunk(epoch, 0, len(epoch.rows))
        epoch = draw(task, songs, state.generator, 1)
    weights = {n: p.detach().cpu() for n, p in state.model.named_parameters()}
    return float(state.total_loss), weights


def test_a_memory_map_is_trained_on_as_memory_is(rng, tmp_path):
    data = make_data(rng)
    mapped = np.memmap(tmp_path / "mels", np.float16, "w+", shape=data.mels.shape)
    mapped[:] = data.mels.numpy()
    total, weights = run("siamese", data)
    other, other_weights = run("siamese", make_data(rng, mapped))
    assert total == other
    assert all(torch.equal(weight, other_weights[name]) for name, weight in weights.items())


# Operations that launch nothing: views, allocations and marks of the profiler.
FREE = {
    *("detach", "view", "_unsafe_view", "squeeze", "unsqueeze", "slice", "select", "t", "unfold"),
    *("transpose", "expand", "split_with_sizes", "split", "permute", "as_strided", "alias"),
    *("empty", "empty_like", "_record_function_enter_new", "_record_function_exit"),
}
LIMITS = {"basic": 60, "tag": 65, "siamese": 100, "softmax": 100}


class Launches(TorchDispatchMode):
    """Counts the operations that would launch work on a GPU."""

    def __init__(self):
        super().__init__()
        self.counts = Counter()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = function._schema.name.partition("::")[2]
        if name not in FREE:
            self.counts[name] += 1
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("kind", LIMITS)
def test_a_step_launches_few_operations(kind, rng):
    data, task = make_data(rng), make_task(kind)
    state, songs = make_state(task, kind), steps.make_songs(data, CPU)
    epoch = draw(task, songs, state.generator, 2)
    run_chunk = chunks.make_run_chunk(state, task, songs, epoch, make_settings(kind, dropout=0.5))
    counts = []
    for n in (4, 8):
        with Launches() as launches:
            run_chunk(epoch, 0, n)
        counts.append(launches.counts)
    of_step = {name: (counts[1][name] - counts[0][name]) / 4 for name in counts[1]}
    assert of_step["convolution"] == of_step["native_batch_norm"] == 5
    assert of_step["convolution_backward"] == of_step["native_batch_norm_backward"] == 5
    assert sum(of_step.values()) <= LIMITS[kind], of_step
    of_chunk = counts[0].total() - 4 * sum(of_step.values())
    assert of_chunk <= 10  # copies of what was drawn, and dropout: no more than for one step
