"""What to lower where memory was too small for a training, of the machine or of its GPU."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from deepartist.process.errors import InputError

# Of errors that have no class of their own: PyTorch's allocator on the CPU, cuBLAS and cuDNN, C++,
# oneDNN (which says no more; with the layers of the encoder, it can be nothing else).
MESSAGES = re.compile(
    "can't allocate memory|not enough memory|_ALLOC_FAILED|bad_alloc"
    "|could not (create|execute) a primitive"
)


@contextmanager
def naming_what_to_lower(kind: str, batch_size: int) -> Iterator[None]:
    """Turn running out of memory within the block into an InputError that names the settings.

    Parameters
    ----------
    kind : str
        Of the model that is trained: ``basic``, ``siamese`` or ``tag``.
    batch_size : int
        As it is set.
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
