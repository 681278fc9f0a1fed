"""A model as ONNX: one network from samples or log-mel frames to the vectors of songs."""

import logging
import warnings
from importlib.metadata import version

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepartist.constants import (
    CLIP_FRAMES,
    HOP_LENGTH,
    MEL_BANDS,
    N_FFT,
    SAMPLE_RATE_HZ,
    SEGMENT_FRAMES,
)
from deepartist.embeddings.embed_clips import embed_segments
from deepartist.mels.mel import hann_window, mel_filters
from deepartist.models.known_models import NamedModel
from deepartist.models.precision import set_precision
from deepartist.models.weights import TrainedEncoder

OPSET = 18  # the oldest that PyTorch's exporter writes without converting


class FrontEnd(nn.Module):
    """The log-mel front end: samples (B, n) at 22,050 Hz to frames (B, 1 + n // 512, 128).

    It computes what `deepartist.mels.mel.log_mel` does. The Fourier transform is a convolution,
    which every runtime has.
    """

    transform: Tensor
    filters: Tensor

    def __init__(self) -> None:
        super().__init__()
        angles = 2 * np.pi / N_FFT * np.outer(np.arange(1 + N_FFT // 2), np.arange(N_FFT))
        waves = np.concatenate([np.cos(angles), -np.sin(angles)]) * hann_window()
        self.register_buffer("transform", torch.from_numpy(waves.astype(np.float32)[:, None]))
        self.register_buffer("filters", torch.from_numpy(mel_filters().T.copy()))

    def forward(self, samples: Tensor) -> Tensor:
        padded = F.pad(samples.unsqueeze(1), (N_FFT // 2, N_FFT // 2), mode="reflect")
        spectrum = F.conv1d(padded, self.transform, stride=HOP_LENGTH)  # (B, 1026, T)
        real, imaginary = spectrum.chunk(2, dim=1)
        magnitude = torch.sqrt(real.square() + imaginary.square())
        mel = torch.matmul(magnitude.transpose(1, 2), self.filters)  # (B, T, 128)
        return torch.log10(1 + 10 * mel)


class SongVectors(nn.Module):
    """Frames (B, T, 128) or, with a front end, samples (B, n) to the vectors of `embed_clips`."""

    def __init__(self, trained: TrainedEncoder, front_end: FrontEnd | None) -> None:
        super().__init__()
        self.encoder, self.front_end = trained.encoder, front_end
        self.input_mean, self.input_std = trained.input_mean, trained.input_std

    def forward(self, sound: Tensor) -> tuple[Tensor, Tensor]:
        frames = sound if self.front_end is None else self.front_end(sound)
        # As in the caches, which hold float16.
        frames = frames[:, :CLIP_FRAMES].to(torch.float16).to(torch.float32)
        # With one segment that is not whole, the file fails; with none it would return zeros.
        segments = torch.sym_max(frames.shape[1] // SEGMENT_FRAMES, 1)  # type: ignore[no-untyped-call]
        clips = frames.shape[0]
        cut = frames[:, : segments * SEGMENT_FRAMES]
        cut = cut.reshape(clips * segments, SEGMENT_FRAMES, MEL_BANDS)
        of_segments = embed_segments(self.encoder, (cut - self.input_mean) / self.input_std)
        embedding, multilevel = (
            values.reshape(clips, segments, values.shape[1]).mean(dim=1) for values in of_segments
        )
        return embedding, multilevel


def make_onnx(model: NamedModel, takes_samples: bool) -> bytes:
    """Write a model as ONNX.

    Parameters
    ----------
    model : NamedModel
        On the CPU.
    takes_samples : bool
        Whether the input is ``samples`` (songs, n), mono at 22,050 Hz and at least 3 seconds, or
        ``log_mel`` (songs, n, 128), at least 129 frames; both float32.

    Returns
    -------
    bytes
        The outputs are ``embedding`` (songs, 256) and ``multilevel`` (songs, 768). The metadata
        hold the model's name, its SHA-256, the sample rate in Hz and our version.

    Raises
    ------
    ModuleNotFoundError
        The package onnx or onnxscript is not installed.
    """
    import onnx
    import onnxscript  # noqa: F401 - torch.onnx needs it, and would say so in many lines

    network = SongVectors(model.trained, FrontEnd() if takes_samples else None).eval()
    shape = (2, 5 * SAMPLE_RATE_HZ) if takes_samples else (2, 2 * SEGMENT_FRAMES, MEL_BANDS)
    any_size = torch.export.Dim.DYNAMIC
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch about itself
        exporter_log = logging.getLogger("torch.onnx")
        level = exporter_log.level
        exporter_log.setLevel(logging.ERROR)  # of torchvision, which is not needed
        try:
            program = torch.onnx.export(
                network,
                (torch.zeros(shape),),
                dynamo=True,
                input_names=["samples" if takes_samples else "log_mel"],
                output_names=["embedding", "multilevel"],
                dynamic_shapes=({0: any_size, 1: any_size},),
                opset_version=OPSET,
                verbose=False,
            )
        finally:
            exporter_log.setLevel(level)
            set_precision("float32")  # the exporter resets it
    assert program is not None
    written: onnx.ModelProto = program.model_proto
    for node in written.graph.node:
        del node.metadata_props[:]  # the lines of code, with paths of this machine
    about = {
        "model": model.name,
        "model_sha256": model.sha256,
        "sample_rate_hz": str(SAMPLE_RATE_HZ),
        "deepartist": version("deepartist"),
    }
    onnx.helper.set_model_props(written, about)
    onnx.checker.check_model(written, full_check=True)
    serialized: bytes = written.SerializeToString()
    return serialized
