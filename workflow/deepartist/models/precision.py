"""How a GPU computes: the precision of products and convolutions, and the same result each time."""

import torch


def set_precision(precision: str) -> None:
    """Choose the arithmetic of matrix products and convolutions, for the whole process.

    Without this, cuDNN rounds the inputs of convolutions to TF32, with a mantissa of 10 bits, which
    moves song vectors by up to 6e-4 of their length. cuDNN is also kept to algorithms that give the
    same bits each time, and from choosing one by timing.

    Parameters
    ----------
    precision : str
        ``tf32`` allows rounding to TF32; anything else forbids it.
    """
    fp32_precision = "tf32" if precision == "tf32" else "ieee"
    torch.backends.cuda.matmul.fp32_precision = fp32_precision
    # The older flag first: where it says otherwise, torch.export and torch.compile fail.
    torch.backends.cudnn.allow_tf32 = fp32_precision == "tf32"
    # PyTorch leaves these untyped, and wants both alike.
    torch.backends.cudnn.conv.fp32_precision = fp32_precision  # type: ignore[attr-defined]
    torch.backends.cudnn.rnn.fp32_precision = fp32_precision  # type: ignore[attr-defined]
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False
