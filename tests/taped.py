"""A stand-in for a CUDA graph on the CPU: it records what is computed, and replays it in place."""

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Tape(TorchDispatchMode):
    """Records the operations of a block; `replay` repeats them on the same memory.

    As in a CUDA graph, nothing of the Python code around them runs again. A learning rate that is a
    number of its own, not a part of an array on the device, is read once, as a fused kernel does.
    """

    def __init__(self):
        super().__init__()
        self.operations = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        result = function(*args, **kwargs)
        if function.namespace != "profiler":
            rate = kwargs.get("lr")
            if isinstance(rate, torch.Tensor) and rate.untyped_storage().nbytes() == 4:
                kwargs = kwargs | {"lr": rate.clone()}
            self.operations.append((function, args, kwargs, result))
        return result

    def replay(self):
        with torch.no_grad():
            for function, args, kwargs, result in self.operations:
                again = function(*args, **kwargs)
                for old, new in zip(tree_leaves(result), tree_leaves(again), strict=True):
                    if isinstance(old, torch.Tensor) and old.data_ptr() != new.data_ptr():
                        old.copy_(new)


def record_on_tape(run, warm_up, changing, device):
    """Do what `recording.record` does on a GPU."""
    before = [tensor.clone() for tensor in changing]
    warm_up()
    with Tape() as tape:
        run()
    with torch.no_grad():
        for tensor, value in zip(changing, before, strict=True):
            tensor.copy_(value)
    return tape.replay
