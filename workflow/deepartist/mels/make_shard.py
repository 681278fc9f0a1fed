"""Making one shard of a data set: the log-mels of a part of its clips."""

import argparse
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from deepartist.constants import CLIP_FRAMES, MEL_BANDS
from deepartist.datasets.manifest import read_manifest
from deepartist.mels.audio import EXCERPTS
from deepartist.mels.clip import UnusableClip, read_clip
from deepartist.mels.shard_writer import save_shard
from deepartist.process import stage
from deepartist.process.counts import counted


def shard_of(clip_id: str, shards: int) -> int:
    """Return the number of the shard that a clip belongs to; it depends on the id alone."""
    return zlib.crc32(clip_id.encode()) % shards


def read_clips(
    clips: Sequence[tuple[str, Path]], excerpt: str = "start"
) -> tuple[np.ndarray, list[dict[str, Any]], list[dict[str, Any]]]:
    """Read the log-mels of clips.

    Parameters
    ----------
    clips : sequence of (clip_id, path)
        The clips to read.
    excerpt : str
        "start" or "middle": which 30 seconds of a longer file.

    Returns
    -------
    mels : np.ndarray [shape=(n, 1291, 128), dtype=float16]
        Log-mels of the decoded clips; zeros after a clip's last frame.
    decoded : list of dict
        ``clip_id`` and valid ``frames`` of each clip of `mels`.
    failures : list of dict
        ``clip_id``, ``path`` and ``reason`` of each clip that was left out.
    """
    mels = np.zeros((len(clips), CLIP_FRAMES, MEL_BANDS), np.float16)
    decoded: list[dict[str, Any]] = []
    failures: list[dict[str, Any]] = []
    for clip_id, path in tqdm(clips, desc="log-mel", unit="clip", disable=None):
        try:
            frames = read_clip(path, excerpt)
        except UnusableClip as reason:
            print(f"left out: {clip_id} ({path}): {reason}", flush=True)
            failures.append({"clip_id": clip_id, "path": str(path), "reason": str(reason)})
            continue
        mels[len(decoded), : len(frames)] = frames
        decoded.append({"clip_id": clip_id, "frames": len(frames)})
    return mels[: len(decoded)], decoded, failures


def main(argv: Sequence[str] | None = None) -> None:
    """Make one shard of a data set's log-mels."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.mels.make_shard", description=main.__doc__
    )
    parser.add_argument("--manifest", type=Path, required=True, help="manifest of the data set")
    parser.add_argument("--shard", type=int, required=True, help="number of this shard, from 0")
    parser.add_argument("--shards", type=int, required=True, help="number of all shards")
    parser.add_argument(
        "--excerpt", choices=EXCERPTS, default="start", help="which 30 s of longer files"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the shard")
    args = parser.parse_args(argv)
    manifest = read_manifest(args.manifest)
    clips = [
        (clip_id, Path(path))
        for clip_id, path in zip(manifest["clip_id"], manifest["path"], strict=True)
        if shard_of(clip_id, args.shards) == args.shard
    ]
    mels, decoded, failures = read_clips(clips, args.excerpt)
    save_shard(args.out, mels, decoded, failures)
    print(f"{args.out}: {counted(len(decoded), 'clip')}, {len(failures)} left out")


if __name__ == "__main__":
    stage.run(main)
