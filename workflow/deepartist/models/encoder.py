"""The encoder of all models and its output layers (section 2.1, figure 1; authors' code)."""

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepartist.constants import MEL_BANDS

EMBEDDING_SIZE = 256
MULTILEVEL_SIZE = 4 * 128 + 256


class Block(nn.Module):
    """Convolution over time without change of length, then batch norm; tensors are (B, C, 1, T)."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int) -> None:
        super().__init__()
        # An even kernel has one zero less of padding on the left, as Keras' "same" has.
        self.padding = ((kernel - 1) // 2, kernel // 2)
        self.conv = nn.Conv1d(in_channels, out_channels, kernel)
        self.norm = nn.BatchNorm2d(out_channels, eps=1e-3, momentum=0.01)

    def forward(self, x: Tensor) -> Tensor:
        # A 2-D convolution, because PyTorch keeps channels innermost in memory only there.
        kernel = self.conv.weight.unsqueeze(2)
        return cast(Tensor, self.norm(F.conv2d(F.pad(x, self.padding), kernel, self.conv.bias)))


class Encoder(nn.Module):
    """The network that turns a 3-second segment into its feature vector.

    It has 264,448 trainable parameters.

    Parameters
    ----------
    dropout : float
        Dropout on the output of the last activation, while training (section 3.3).
    """

    def __init__(self, dropout: float = 0.5) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            [
                Block(MEL_BANDS, 128, kernel=4),
                Block(128, 128, kernel=4),
                Block(128, 128, kernel=4),
                Block(128, 128, kernel=2),
                Block(128, EMBEDDING_SIZE, kernel=1),
            ]
        )
        self.dropout = nn.Dropout(dropout)

    def responses(self, segments: Tensor) -> list[Tensor]:
        """Compute the output of each block, before its ReLU and pooling.

        Parameters
        ----------
        segments : Tensor [shape=(B, 129, 128)]
            Standardised log-mel frames.

        Returns
        -------
        list of Tensor
            Shapes (B, 128, 129), (B, 128, 32), (B, 128, 8), (B, 128, 2), (B, 256, 1).
        """
        # Segments have the mel bands innermost in memory. On a CPU they stay so, because it takes
        # two thirds of the time. On a GPU this has not been measured.
        x = segments.transpose(1, 2).unsqueeze(2)  # (B, 128, 1, 129)
        if x.is_cuda:
            x = x.contiguous()
        outputs = [self.blocks[0](x)]
        for block, pool in zip(self.blocks[1:], (4, 4, 4, 2), strict=True):
            # ReLU after pooling gives the same result with a quarter of the values.
            outputs.append(block(F.relu(F.max_pool2d(outputs[-1], (1, pool)))))
        return [output.squeeze(2) for output in outputs]

    def forward(self, segments: Tensor) -> Tensor:
        """Compute feature vectors: segments (B, 129, 128) to (B, 256)."""
        return cast(Tensor, self.dropout(F.relu(self.responses(segments)[-1]).mean(dim=2)))


def make_head(outputs: int) -> nn.Linear:
    """Make the output layer of the basic and the tag model, one output per artist or tag."""
    return nn.Linear(EMBEDDING_SIZE, outputs)


def initialise(module: nn.Module, generator: torch.Generator) -> None:
    """Draw He-uniform kernels and Glorot-uniform output weights, set biases to zero, in place."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv1d):
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu", generator=generator)
            nn.init.zeros_(cast(Tensor, layer.bias))
        elif isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight, generator=generator)
            nn.init.zeros_(layer.bias)
