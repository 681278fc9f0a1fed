"""HDF5 files as Keras 2 writes them of the paper's network, with random weights; a slow pass."""

import h5py
import numpy as np

# Width, input and output channels of each convolution (the table of the authors' layers).
CONVOLUTIONS = ((4, 128, 128), (4, 128, 128), (4, 128, 128), (2, 128, 128), (1, 128, 256))
NORM = ("gamma", "beta", "moving_mean", "moving_variance")


def draw_blocks(rng: np.random.Generator) -> list[dict[str, np.ndarray]]:
    """Draw the weights of the five blocks, of a size that keeps the activations alive."""
    blocks = []
    for width, n_in, n_out in CONVOLUTIONS:
        scale = (6 / (width * n_in)) ** 0.5
        blocks.append(
            {
                "kernel": rng.uniform(-scale, scale, (width, n_in, n_out)),
                "bias": rng.normal(0, 0.1, n_out),
                "gamma": rng.uniform(0.5, 1.5, n_out),
                "beta": rng.normal(0.2, 0.1, n_out),
                "moving_mean": rng.normal(0, 0.2, n_out),
                "moving_variance": rng.uniform(0.5, 2, n_out),
            }
        )
    return [{k: v.astype(np.float32) for k, v in block.items()} for block in blocks]


def write_keras(path, rng, *, first=1, head=None, whole=False, nested=False, inputs=1):
    """Write a file, and return the weights of its blocks.

    Parameters
    ----------
    path : Path
    rng : np.random.Generator
    first : int
        Number of the first convolution and batch norm: Keras counts on within a session.
    head : int, optional
        Outputs of a dense layer at the end.
    whole : bool
        A whole model, whose layers are in the group ``model_weights``.
    nested : bool
        The encoder is a model within the model: one group holds all of its weights, the trainable
        ones first.
    inputs : int
        Number of input layers; a Siamese model has six.
    """
    blocks = draw_blocks(rng)
    layers = [(f"input_{i + 1}", {}) for i in range(inputs)]
    for i, block in enumerate(blocks):
        number = first + i
        layers.append((f"conv1d_{number}", {k: block[k] for k in ("kernel", "bias")}))
        layers.append((f"batch_normalization_{number}", {k: block[k] for k in NORM}))
        layers.append((f"activation_{number}", {}))
        layers.append((f"max_pooling1d_{number}", {}))
    layers.append(("global_average_pooling1d_1", {}))
    if nested:
        moving = ("moving_mean", "moving_variance")
        named = [(f"{layer}/{k}", v) for layer, weights in layers for k, v in weights.items()]
        trainable = [pair for pair in named if not pair[0].endswith(moving)]
        others = [pair for pair in named if pair[0].endswith(moving)]
        groups = [(name, {}) for name, _ in layers[:inputs]]
        groups.append(("model_1", dict(trainable + others)))
    else:
        groups = [(layer, {f"{layer}/{k}": v for k, v in w.items()}) for layer, w in layers]
    if head is not None:
        kernel = rng.normal(0, 0.1, (256, head)).astype(np.float32)
        weights = {"dense_1/kernel": kernel, "dense_1/bias": np.zeros(head, np.float32)}
        groups += [("dropout_1", {}), ("dense_1", weights)]
    with h5py.File(path, "w") as file:
        root = file.create_group("model_weights") if whole else file
        root.attrs["layer_names"] = np.array([name.encode() for name, _ in groups])
        root.attrs["backend"] = b"tensorflow"
        for name, weights in groups:
            group = root.create_group(name)
            names = [f"{weight}:0".encode() for weight in weights]
            group.attrs["weight_names"] = np.array(names, dtype="S" if names else float)
            for weight, value in weights.items():
                group[f"{weight}:0"] = value
    return blocks


def slow_forward(blocks: list[dict[str, np.ndarray]], segment: np.ndarray) -> list[np.ndarray]:
    """Run the network on one standardised segment (129, 128), written from the table of layers.

    Plain loops over time and kernel taps in float64, "same" padding as TensorFlow defines it.
    Returns each block's output (time, channels) before pooling.
    """
    x = segment.astype(np.float64)
    outputs = []
    for block, pool in zip(blocks, (4, 4, 4, 2, 1), strict=True):
        block = {name: value.astype(np.float64) for name, value in block.items()}
        width = len(block["kernel"])  # (width, in, out)
        left = (width - 1) // 2
        y = np.zeros((len(x), block["kernel"].shape[2]))
        for t in range(len(x)):
            for tap in range(width):
                if 0 <= t + tap - left < len(x):
                    y[t] += x[t + tap - left] @ block["kernel"][tap]
        y += block["bias"] - block["moving_mean"]
        y /= np.sqrt(block["moving_variance"] + 1e-3)
        y = np.maximum(0, y * block["gamma"] + block["beta"])
        outputs.append(y)
        whole = len(y) // pool
        x = np.array([y[t * pool : (t + 1) * pool].max(axis=0) for t in range(whole)])
    return outputs
