"""Recording steps once as a CUDA graph and replaying them, which costs the processor one launch."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor


def record(
    run: Callable[[], None],
    warm_up: Callable[[], None],
    changing: Sequence[Tensor],
    device: torch.device,
) -> Callable[[], None]:
    """Record what a function launches on a GPU, and return a function that replays it.

    A replay launches the same operations on the same memory. So all that differs between two calls
    of `run` must be read from tensors on the GPU that are written in place before.

    Parameters
    ----------
    run : callable
        It must not draw random numbers nor wait for the GPU.
    warm_up : callable
        Called before the recording, because libraries allocate memory and choose algorithms at
        their first call, which cannot be recorded.
    changing : sequence of Tensor
        All tensors that outlive a call and that `run` or `warm_up` changes. Their values are
        restored.
    device : torch.device

    Returns
    -------
    callable
        The replay. On a CPU it is `run` itself, and likewise if the function cannot be recorded,
        which a line on stdout reports.
    """
    if device.type != "cuda":
        return run
    before = [tensor.clone() for tensor in changing]
    graph = torch.cuda.CUDAGraph()
    replay: Callable[[], None] = graph.replay
    stream = torch.cuda.current_stream()
    recording = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # PyTorch leaves it untyped
    recording.wait_stream(stream)
    try:
        with torch.cuda.stream(recording):
            warm_up()
        with torch.cuda.graph(graph, stream=recording):
            run()
    except RuntimeError as error:
        # PyTorch leaves the recording's stream in place if the recording fails.
        torch.cuda.set_stream(stream)
        graph.reset()
        reason = " ".join(str(error).split())
        print(f"no CUDA graph ({reason}): steps run without it, which is slower", flush=True)
        replay = run
    stream.wait_stream(recording)
    with torch.no_grad():
        for tensor, value in zip(changing, before, strict=True):
            tensor.copy_(value)
    return replay
