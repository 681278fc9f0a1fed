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


def encode(encoder: Encoder, segments: Tensor, songs: Songs, precision: str) -> Tensor:
    """Standardise and encode segments.

    Parameters
    ----------
    segments : Tensor [shape=(B, M, 129, 128), dtype=float16]
        On the device that trains.
    precision : str
        With ``bfloat16``, convolutions are computed in that type; weights and statistics stay in
        float32.

    Returns
    -------
    Tensor [shape=(B, M, 256), dtype=float32]
    """
    # In one pass: the shift has another type, so the segments are converted on the way.
    standardised = torch.add(songs.shift, segments, alpha=songs.scale)
    with torch.autocast(segments.device.type, torch.bfloat16, enabled=precision == "bfloat16"):
        features = encoder(standardised.flatten(0, 1))
    return cast(Tensor, features.unflatten(0, segments.shape[:2]).to(standardised.dtype))


def make_optimizer(model: nn.Module, settings: Mapping[str, Any]) -> torch.optim.SGD:
    """Make the optimiser of section 3.3, with the L2 penalty on convolution kernels only.

    Velocities start as zeros. Each step sets the learning rate; see `make_step`.
    """
    kernels = [p for name, p in model.named_parameters() if name.endswith("conv.weight")]
    others = [p for name, p in model.named_parameters() if not name.endswith("conv.weight")]
    optimizer = torch.optim.SGD(
        [
            # weight_decay w adds w · weight to the gradient, which is the penalty w / 2 · weight²
            {"params": kernels, "weight_decay": 2 * settings["l2"]},
            {"params": others, "weight_decay": 0.0},
        ],
        lr=settings["learning_rate"],
        momentum=settings["momentum"],
        nesterov=settings["momentum"] > 0,
        fused=True,
    )
    for parameter in model.parameters():
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
    precision: str = "float32",
) -> Step:
    """Make the function that trains on one of some batches.

    Parameters
    ----------
    model : nn.ModuleDict
        ``encoder``, and ``head`` if the task has one; in training mode.
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
    precision : str
        See `encode`.
    """
    encoder = cast(Encoder, model["encoder"])
    one = torch.ones((), device=total_loss.device)  # the gradient of the loss itself

    def step(number: int) -> None:
        for group in optimizer.param_groups:
            # A view: the update reads the rate there, on the device, whenever it is launched.
            group["lr"] = batches.rates[number]
        features = encode(encoder, cut(number, batches.rows[number]), songs, precision)
        if dropout is not None:
            features = features * dropout[number]
        loss = task.loss(features, batches.targets[number])
        optimizer.zero_grad()
        loss.backward(one)  # type: ignore[no-untyped-call]  # PyTorch leaves it untyped
        optimizer.step()
        total_loss.add_(loss.detach())

    return step
