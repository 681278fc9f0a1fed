"""The encoder of all models and its output layers (section 2.1, figure 1; authors' code)."""

from collections.abc import Mapping
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepartist.constants import MEL_BANDS

EMBEDDING_SIZE = 256
MULTILEVEL_SIZE = 4 * 128 + 256


class Convolution(nn.Module):
    """The kernel of a convolution over time, (out, in, width), with the inputs innermost in memory.

    There is no bias, because the batch norm that follows takes it out again. The authors' encoder
    has one; see `fold_biases`.
    """

    def __init__(self, in_channels: int, out_channels: int, width: int) -> None:
        super().__init__()
        kernel = torch.zeros(out_channels, width, in_channels)
        self.weight = nn.Parameter(kernel.permute(0, 2, 1))

    def forward(self, x: Tensor) -> Tensor:
        # A 2-D convolution, because PyTorch keeps channels innermost in memory only there.
        return F.conv2d(x, self.weight.unsqueeze(2))


class BatchNorm(nn.Module):
    """Batch norm over (B, C, 1, T); PyTorch's also counts batches, an operation more per step."""

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        return F.batch_norm(
            x,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training,
            momentum=0.01,
            eps=1e-3,
        )


class Block(nn.Module):
    """Convolution over time without change of length, then batch norm; tensors are (B, C, 1, T)."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int) -> None:
        super().__init__()
        # An even kernel has one zero less of padding on the left, as Keras' "same" has.
        self.padding = ((kernel - 1) // 2, kernel // 2)
        self.conv = Convolution(in_channels, out_channels, kernel)
        self.norm = BatchNorm(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        padded = F.pad(x, self.padding) if any(self.padding) else x
        return cast(Tensor, self.norm(self.conv(padded)))


class Encoder(nn.Module):
    """The network that turns a 3-second segment into its feature vector.

    It has 263,680 trainable parameters. The authors' has 264,448, with the 768 biases of its
    convolutions, which have no effect; see `fold_biases`. Dropout is applied by the training.
    """

    def __init__(self) -> None:
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
        # Segments have the mel bands innermost in memory, and the blocks keep channels there.
        # On a CPU this takes two thirds of the time.
        x = segments.transpose(1, 2).unsqueeze(2)  # (B, 128, 1, 129)
        outputs = [self.blocks[0](x)]
        for block, pool in zip(self.blocks[1:], (4, 4, 4, 2), strict=True):
            # ReLU after pooling gives the same result with a quarter of the values.
            outputs.append(block(F.relu(F.max_pool2d(outputs[-1], (1, pool)))))
        return [output.squeeze(2) for output in outputs]

    def forward(self, segments: Tensor) -> Tensor:
        """Compute feature vectors: segments (B, 129, 128) to (B, 256)."""
        # Of 129 frames the last block leaves one place, so there is nothing to average.
        return F.relu(self.responses(segments)[-1]).squeeze(2)


def make_head(outputs: int) -> nn.Linear:
    """Make the output layer of the basic and the tag model, one output per artist or tag."""
    return nn.Linear(EMBEDDING_SIZE, outputs)


def initialise(module: nn.Module, generator: torch.Generator) -> None:
    """Draw He-uniform kernels and Glorot-uniform output weights, set biases to zero, in place."""
    for layer in module.modules():
        if isinstance(layer, Convolution):
            # Drawn in the order of (out, in, width), whatever the order in memory.
            kernel = torch.empty(layer.weight.shape, device=layer.weight.device)
            nn.init.kaiming_uniform_(kernel, nonlinearity="relu", generator=generator)
            with torch.no_grad():
                layer.weight.copy_(kernel)
        elif isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight, generator=generator)
            nn.init.zeros_(layer.bias)


def fold_biases(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Fold the biases of convolutions into the means of the batch norms that follow.

    Parameters
    ----------
    weights : mapping of str to Tensor
        Weights of an `Encoder`, perhaps with ``blocks.N.conv.bias`` and, as models of older
        versions have it, ``blocks.N.norm.num_batches_tracked``, which is left out.

    Returns
    -------
    dict of str to Tensor
        Weights of an encoder without biases that computes the same.
    """
    folded = {
        name: value
        for name, value in weights.items()
        if not name.endswith((".conv.bias", ".num_batches_tracked"))
    }
    for name, bias in weights.items():
        if name.endswith(".conv.bias"):
            mean = name.removesuffix("conv.bias") + "norm.running_mean"
            folded[mean] = folded[mean] - bias
    return folded
