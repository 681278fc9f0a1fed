"""A training step: cut segments, compute the loss and its gradients, update the weights.

What differs between two steps is read from tensors on the device, so a GPU can replay a recording.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn

from deepartist.constants import MEL_BANDS
from deepartist.models.encoder import Encoder
from deepartist.training.epoch import Batches
from deepartist.training.segments import Cut
from deepartist.training.songs import TrainingData
from deepartist.training.tasks import Task

# Called with the number of a batch; see `make_step`.
Step = Callable[[int], None]
# Called with the number of a batch and its segments, returns segments of the same shape.
Augment = Callable[[int, Tensor], Tensor]


class Songs(NamedTuple):
    """Songs to draw from, and how their log-mels are standardised.

    Attributes
    ----------
    mels : Tensor [shape=(N, 1291, 128), dtype=float16]
        On the device that trains, or in main memory if they do not fit there.
    frames : Tensor [shape=(N,), dtype=int64]
        Valid frames of each song, on the device that trains.
    shift : Tensor [shape=(128,), dtype=float32]
        Minus mean divided by standard deviation, on the device that trains.
    scale : float
        1 divided by the standard deviation.
    """

    mels: Tensor
    frames: Tensor
    shift: Tensor
    scale: float


def make_songs(data: TrainingData, device: torch.device) -> Songs:
    """Prepare the songs of a training for the device that trains."""
    return Songs(
        data.mels,
        torch.from_numpy(data.frames).to(device),
        torch.full((MEL_BANDS,), -data.input_mean / data.input_std, device=device),
        1 / data.input_std,
    )


def encode(
    encoder: Encoder, segments: Tensor, songs: Songs, precision: str, *, apart: bool = False
) -> Tensor:
    """Standardise and encode segments.

    Parameters
    ----------
    encoder : Encoder
    segments : Tensor [shape=(B, M, 129, 128), dtype=float16 or float32]
        On the device that trains.
    songs : Songs
        Their `shift` and `scale` standardise.
    precision : str
        With ``bfloat16``, convolutions are computed in that type; weights and statistics stay in
        float32.
    apart : bool
        Encode the anchors, the positives and so on one after the other, so that batch norm
        normalises each of them by its own B segments, as the authors' code does.

    Returns
    -------
    Tensor [shape=(B, M, 256), dtype=float32]
    """
    # In one pass: the shift has another type, so the segments are converted on the way.
    standardised = torch.add(songs.shift, segments, alpha=songs.scale)
    with torch.autocast(segments.device.type, torch.bfloat16, enabled=precision == "bfloat16"):
        if apart:
            features = torch.stack([encoder(part) for part in standardised.unbind(1)], dim=1)
        else:
            features = encoder(standardised.flatten(0, 1)).unflatten(0, segments.shape[:2])
    return features.to(standardised.dtype)


def set_training(model: nn.ModuleDict, settings: Mapping[str, Any]) -> None:
    """Set a model to training mode, but for batch norm that keeps its stored statistics."""
    model.train()
    blocks = cast(Encoder, model["encoder"]).blocks
    is_stored = settings["batch_norm"] == "stored"
    for block in blocks if is_stored else blocks[: settings["freeze"]]:
        block.eval()


def make_optimizer(model: nn.Module, settings: Mapping[str, Any]) -> torch.optim.SGD:
    """Make the optimiser of section 3.3, with the L2 penalty on convolution kernels only.

    Velocities start as zeros. Each step sets the learning rate or, with ``velocity: keras``,
    multiplies the gradient by it; see `make_step`. Parameters that need no gradient are left out.
    """
    trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    kernels = [p for name, p in trained if name.endswith("conv.weight")]
    others = [p for name, p in trained if not name.endswith("conv.weight")]
    is_keras = settings["velocity"] == "keras"
    optimizer = torch.optim.SGD(
        [
            # weight_decay w adds w · weight to the gradient, which is the penalty w / 2 · weight²
            {"params": kernels, "weight_decay": 0.0 if is_keras else 2 * settings["l2"]},
            {"params": others, "weight_decay": 0.0},
        ],
        lr=1.0 if is_keras else settings["learning_rate"],
        momentum=settings["momentum"],
        nesterov=settings["momentum"] > 0,
        fused=True,
    )
    for _, parameter in trained:
        optimizer.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)
    return optimizer


def make_step(
    model: nn.ModuleDict,
    task: Task,
    songs: Songs,
    optimizer: torch.optim.SGD,
    batches: Batches,
    cut: Cut,
    dropout: Tensor | None,
    total_loss: Tensor,
    settings: Mapping[str, Any],
    augment: Augment | None = None,
) -> Step:
    """Make the function that trains on one of some batches.

    Parameters
    ----------
    model : nn.ModuleDict
        ``encoder``, and ``head`` if the task has one; in training mode.
    task : Task
    songs : Songs
        Those that the rows of `batches` number.
    optimizer : torch.optim.SGD
        From `make_optimizer`.
    batches : Batches
        The tensors may be overwritten between two steps.
    cut : callable
        See `segments.Cut`.
    dropout : Tensor [shape=(S, B, M, 256), dtype=float32] or None
        Factors of the features.
    total_loss : Tensor [shape=()]
        Each step adds its loss.
    settings : mapping
        The block ``train_<kind>`` of the config schema.
    augment : callable, optional
        Changes the segments of the batch; see `Augment`.
    """
    encoder = cast(Encoder, model["encoder"])
    one = torch.ones((), device=total_loss.device)  # the gradient of the loss itself
    precision, apart = settings["precision"], settings["batch_norm"] == "input"
    is_keras, l2 = settings["velocity"] == "keras", settings["l2"]
    kernels = optimizer.param_groups[0]["params"]

    def step(number: int) -> None:
        # A view: the update reads the rate there, on the device, whenever it is launched.
        rate = batches.rates[number]
        segments = cut(number, batches.rows[number])
        if augment is not None:
            segments = augment(number, segments)
        features = encode(encoder, segments, songs, precision, apart=apart)
        if dropout is not None:
            features = features * dropout[number]
        loss = task.loss(features, batches.targets[number])
        optimizer.zero_grad()
        if is_keras:
            # Keras' velocity holds the rates of its steps: a lower rate slows what comes after, not
            # what was there before. So the gradient, with that of the penalty, has the rate in it.
            penalty = l2 * torch.stack([kernel.square().sum() for kernel in kernels]).sum()
            (loss + penalty).backward(rate)
        else:
            for group in optimizer.param_groups:
                group["lr"] = rate
            loss.backward(one)  # type: ignore[no-untyped-call]  # PyTorch leaves it untyped
        optimizer.step()
        total_loss.add_(loss.detach())

    return step
