"""What the losses of the basic model have in common."""

from collections.abc import Callable

from torch import Tensor, nn

# Called with (output layer, features (B, D), artists (B,) int64), returns the mean over the batch.
ArtistLoss = Callable[[nn.Linear, Tensor, Tensor], Tensor]
