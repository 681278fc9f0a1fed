"""Errors of a training that ran out of memory (main or GPU memory): they say what to lower."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from deepartist.process.errors import InputError

# Messages of errors that have no class of their own: of PyTorch's allocator on the CPU, of cuBLAS
# and cuDNN, of C++, and of oneDNN. The last does not mention memory, but with these layers it has
# no other cause.
MESSAGES = re.compile(
    "can't allocate memory|not enough memory|_ALLOC_FAILED|bad_alloc"
    "|could not (create|execute) a primitive"
)


@contextmanager
def naming_what_to_lower(kind: str, batch_size: int) -> Iterator[None]:
    """Raise an InputError that names the settings to lower if the block runs out of memory.

    Parameters
    ----------
    kind : str
        Kind of the model that is trained: ``basic``, ``siamese`` or ``tag``.
    batch_size : int
        The setting, for the message.
    """
    try:
        yield
    except Exception as error:
        if not _is_out_of_memory(error):
            raise
        raise InputError(
            f"training.{kind}.batch_size: is {batch_size}, and memory is too small for that; lower "
            "it, or artists.count, or run fewer jobs at a time"
        ) from error


def _is_out_of_memory(error: Exception) -> bool:
    return (
        isinstance(error, MemoryError | torch.OutOfMemoryError)
        or (isinstance(error, OSError) and error.errno == errno.ENOMEM)
        or (isinstance(error, RuntimeError) and bool(MESSAGES.search(str(error))))
    )
