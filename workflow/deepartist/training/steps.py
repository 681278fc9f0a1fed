"""A training step: draw songs and crops, compute loss and gradients, update the weights.

A step runs entirely on the device, and the program does not wait for it. On a GPU that also holds
the songs, the step is recorded once as a CUDA graph and then replayed.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from deepartist.models.encoder import Encoder
from deepartist.training.sampling import cut_segments, random_starts
from deepartist.training.tasks import Draw, Task

# GPU memory that is left free for activations, gradients and cuDNN's workspace.
RESERVE_BYTES = 2**31
WARM_UP_STEPS = 3

# Called with (anchors (B,), learning rate); see `make_step`.
Step = Callable[[Tensor, float], None]


class Songs(NamedTuple):
    """Songs to draw from, and the mean and standard deviation to standardise them with.

    Attributes
    ----------
    mels : Tensor [shape=(N, 1291, 128), dtype=float16]
        On the device that trains, or in main memory if they do not fit there.
    frames : Tensor [shape=(N,), dtype=int64]
        Valid frames of each song, on the device that trains.
    mean, std : float
    """

    mels: Tensor
    frames: Tensor
    mean: float
    std: float


def place_songs(
    mels: npt.NDArray[np.float16],
    frames: npt.NDArray[np.int64],
    mean: float,
    std: float,
    device: torch.device,
) -> Songs:
    """Put the songs on the device if they fit.

    Otherwise they stay in main memory or in a memory map, crops are copied to the device at each
    step, and a line on stdout reports it.
    """
    songs = torch.from_numpy(mels)
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        if mels.nbytes + RESERVE_BYTES <= free:
            songs = songs.to(device)
        else:
            print(
                f"{mels.nbytes / 1e9:.1f} GB of log-mels and {free / 1e9:.1f} GB of free GPU "
                "memory: crops are cut in main memory",
                flush=True,
            )
    return Songs(songs, torch.from_numpy(frames).to(device), mean, std)


def set_precision(precision: str) -> None:
    """Allow or forbid that a GPU rounds to TF32 in matrix products and convolutions."""
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    torch.backends.cudnn.allow_tf32 = precision == "tf32"


def encode(encoder: Encoder, songs: Songs, drawn: Tensor, starts: Tensor, precision: str) -> Tensor:
    """Encode a segment of each drawn song.

    Parameters
    ----------
    drawn, starts : Tensor [shape=(B, M), dtype=int64]
        Songs and first frames.
    precision : str
        With ``bfloat16``, convolutions are computed in that type; weights and statistics stay in
        float32.

    Returns
    -------
    Tensor [shape=(B, M, 256), dtype=float32]
    """
    segments = cut_segments(songs.mels, drawn, starts).sub_(songs.mean).div_(songs.std)
    with torch.autocast(drawn.device.type, torch.bfloat16, enabled=precision == "bfloat16"):
        features = encoder(segments.flatten(0, 1))
    return cast(Tensor, features.unflatten(0, drawn.shape).to(segments.dtype))


def make_optimizer(
    model: nn.Module, settings: Mapping[str, Any], device: torch.device
) -> torch.optim.SGD:
    """Make the optimiser of section 3.3, with the L2 penalty on convolution kernels only."""
    kernels = [p for name, p in model.named_parameters() if name.endswith("conv.weight")]
    others = [p for name, p in model.named_parameters() if not name.endswith("conv.weight")]
    on_gpu = device.type == "cuda"
    rate = settings["learning_rate"]
    return torch.optim.SGD(
        [
            # weight_decay w adds w · weight to the gradient, which is the penalty w / 2 · weight²
            {"params": kernels, "weight_decay": 2 * settings["l2"]},
            {"params": others, "weight_decay": 0.0},
        ],
        # On a GPU, the CUDA graph reads the learning rate from the device in each step.
        lr=torch.tensor(rate, device=device) if on_gpu else rate,
        momentum=settings["momentum"],
        nesterov=settings["momentum"] > 0,
        fused=on_gpu or None,
    )


def make_step(
    model: nn.ModuleDict,
    task: Task,
    draw: Draw,
    songs: Songs,
    optimizer: torch.optim.SGD,
    batch_size: int,
    generator: torch.Generator,
    total: Tensor,
    precision: str = "float32",
) -> Step:
    """Make the function that trains on a batch.

    Parameters
    ----------
    model : nn.ModuleDict
        ``encoder``, and ``head`` if the task has one; in training mode.
    total : Tensor [shape=()]
        Each step adds its loss to this tensor.
    precision : str
        See `encode`.

    Returns
    -------
    callable
        The step, called with ``(anchors (batch_size,) int64, learning rate)``. Anchors are
        positions in the pool that `draw` draws from.
    """
    encoder = cast(Encoder, model["encoder"])
    anchors = torch.zeros(batch_size, dtype=torch.int64, device=songs.frames.device)

    def update() -> None:
        drawn = draw(anchors, generator)
        starts = random_starts(songs.frames[drawn], generator)
        loss = task.loss(encode(encoder, songs, drawn, starts, precision), drawn[:, 0])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # PyTorch leaves it untyped
        optimizer.step()
        total.add_(loss.detach())

    on_gpu = songs.mels.device.type == "cuda"
    run = _capture(update, model, optimizer, generator, total) if on_gpu else update

    def step(batch: Tensor, learning_rate: float) -> None:
        anchors.copy_(batch)
        _set_rate(optimizer, learning_rate)
        run()

    return step


def _set_rate(optimizer: torch.optim.SGD, learning_rate: float) -> None:
    for group in optimizer.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(learning_rate)
        else:
            group["lr"] = learning_rate


def _capture(
    update: Callable[[], None],
    model: nn.Module,
    optimizer: torch.optim.SGD,
    generator: torch.Generator,
    total: Tensor,
) -> Callable[[], None]:
    """Record a step as a CUDA graph and return a function that replays it.

    Steps that run before the recording change weights, optimiser and random states; all of these
    are restored. If the step cannot be recorded, it is returned unchanged, and a line on stdout
    reports it.
    """
    values = [*model.state_dict().values(), total]
    values_before = [value.clone() for value in values]
    momentum_before = {
        parameter: state["momentum_buffer"].clone()
        for parameter, state in optimizer.state.items()
        if state.get("momentum_buffer") is not None
    }
    own_state, dropout_state = generator.get_state(), torch.cuda.get_rng_state()
    graph = torch.cuda.CUDAGraph()
    run = graph.replay
    try:
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # PyTorch leaves it untyped
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP_STEPS):
                update()
        torch.cuda.current_stream().wait_stream(stream)
        graph.register_generator_state(generator)
        with torch.cuda.graph(graph):
            update()
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        print(f"no CUDA graph ({reason}): steps run without it, which is slower", flush=True)
        run = update
    with torch.no_grad():
        for value, before in zip(values, values_before, strict=True):
            value.copy_(before)
        for parameter, state in optimizer.state.items():
            if state.get("momentum_buffer") is not None:
                # A buffer of zeros has the same effect as no buffer.
                before = momentum_before.get(parameter)
                state["momentum_buffer"].copy_(
                    torch.zeros_like(parameter) if before is None else before
                )
    generator.set_state(own_state)
    torch.cuda.set_rng_state(dropout_state)
    return run
