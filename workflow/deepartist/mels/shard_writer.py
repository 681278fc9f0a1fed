"""Writing log-mel shards: a shard is a folder that holds `mel.zarr` and `shard.json`."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from zarr.codecs import BloscCodec

from deepartist.files.json_files import write_json
from deepartist.process.replacing import replacing


def save_shard(
    folder: Path,
    mels: np.ndarray,
    clips: Sequence[dict[str, Any]],
    failures: Sequence[dict[str, Any]],
) -> None:
    """Write a shard; `shard.json` is written last, so a folder without it is not a shard.

    Parameters
    ----------
    folder : Path
    mels : np.ndarray [shape=(n, 1291, 128), dtype=float16]
        Written as array ``mel`` of ``mel.zarr``; zeros after a clip's last frame. At least one
        value must not be zero: Zarr does not store chunks of zeros, so there would be no file.
    clips : sequence of dict
        ``clip_id`` and valid ``frames`` of each clip of `mels`. `shard.json` adds the ``sum`` and
        ``sum_of_squares`` of the values of these frames.
    failures : sequence of dict
        ``clip_id``, ``path`` and ``reason`` of each clip that was left out.
    """
    with replacing(folder / "mel.zarr") as partial:
        _write_array(mels, partial)
    summed = [clip | _sums(mel[: clip["frames"]]) for clip, mel in zip(clips, mels, strict=True)]
    index = {"clips": summed, "failures": failures, "digest": _digest(clips, mels)}
    write_json(index, folder / "shard.json")


def _sums(frames: np.ndarray) -> dict[str, float]:
    """Compute what a training needs to standardise its input without reading the log-mels."""
    values = frames.ravel().astype(np.float64)
    return {"sum": float(values.sum()), "sum_of_squares": float(values @ values)}


def _write_array(mels: np.ndarray, path: Path) -> None:
    # This pipeline compresses chunks in Rust, which takes a third of the time.
    zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"})
    # One chunk per clip, so that a clip can be read alone; all chunks are in one file.
    # Compression needs shuffled bits: 0.83 of the raw size on real music, 0.99 without shuffling.
    # zstd would save another hundredth, but take twice as long to read and four times to write.
    array = zarr.create_group(path).create_array(
        "mel",
        shape=mels.shape,
        dtype=mels.dtype,
        chunks=(1, *mels.shape[1:]),
        shards=(max(1, len(mels)), *mels.shape[1:]),
        compressors=BloscCodec(cname="lz4", clevel=9, shuffle="bitshuffle"),
    )
    array[:] = mels


def _digest(clips: Sequence[dict[str, Any]], mels: np.ndarray) -> str:
    digest = hashlib.sha256()
    for clip, mel in zip(clips, mels, strict=True):
        digest.update(f"{clip['clip_id']}\0{clip['frames']}\0".encode())
        digest.update(mel)
    return digest.hexdigest()
