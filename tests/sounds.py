"""A test sound, and audio files in every format, also several joined to one."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import av
import numpy as np
import soundfile
from mutagen.ogg import OggPage

# Container and codec of the formats that are written by FFmpeg.
CONTAINERS = {
    ".aac": ("adts", "aac"),
    ".m4a": ("ipod", "aac"),
    ".mka": ("matroska", "ac3"),
    ".mp4": ("mp4", "alac"),
    ".oga": ("ogg", "flac"),
    ".opus": ("ogg", "libopus"),
    ".wma": ("asf", "wmav2"),
}
OPUS_RATE_HZ = 48_000  # Opus files always have this rate
BIT_RATE = 96_000
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


def make_glide(rate_hz: int, duration_s: float, channels: int = 1) -> np.ndarray:
    """Make a tone that rises by 100 Hz a second from 200 Hz, over noise: its pitch gives the time.

    Returns an array of shape (n, channels), dtype float32, each channel softer than the one before.
    """
    times = np.arange(int(duration_s * rate_hz)) / rate_hz
    tone = 0.3 * np.sin(2 * np.pi * (200 * times + 50 * times**2))
    noise = 0.01 * np.random.default_rng(0).standard_normal(len(times))
    sound = (tone + noise)[:, None] / (1 + np.arange(channels))
    return sound.astype(np.float32)


def write_sound(path: Path, sound: np.ndarray, rate_hz: int, **settings) -> None:
    """Write sound of shape (n, channels), float32, in the format that the suffix names.

    `settings` are passed to libsndfile; other formats ignore them.
    """
    if path.suffix not in CONTAINERS:
        soundfile.write(path, sound, rate_hz, **settings)
        return
    write_contained(path, sound, rate_hz, *CONTAINERS[path.suffix])


def write_contained(
    path: Path,
    sound: np.ndarray,
    rate_hz: int,
    container: str,
    codec: str,
    tags: Mapping[str, str] | None = None,
) -> None:
    """Write sound of shape (n, channels), float32, with FFmpeg; `tags` by FFmpeg's names."""
    with av.open(str(path), "w", format=container) as file:
        file.metadata.update(tags or {})
        layout = LAYOUTS[sound.shape[1]]
        file_rate_hz = OPUS_RATE_HZ if codec == "libopus" else rate_hz
        stream = file.add_stream(codec, rate=file_rate_hz, layout=layout)
        stream.bit_rate = BIT_RATE
        frame = av.AudioFrame.from_ndarray(sound.T.copy(), format="fltp", layout=layout)
        frame.sample_rate = rate_hz
        to_stream = av.AudioResampler(stream.format, stream.layout, stream.rate)
        for part in [*to_stream.resample(frame), *to_stream.resample(None)]:
            file.mux(stream.encode(part))
        # FLAC's encoder ends with a packet without sound, which the container refuses.
        file.mux([packet for packet in stream.encode(None) if packet.size])


def join_files(path: Path, parts: Sequence[Path]) -> None:
    """Write the bytes of audio files one after the other, as `cat` does it.

    Ogg streams get numbers of their own, as in a chain that an internet radio sends.
    """
    streams = [part.read_bytes() for part in parts]
    if streams[0].startswith(b"OggS"):
        streams = [number_stream(stream, 1 + i) for i, stream in enumerate(streams)]
    path.write_bytes(b"".join(streams))


def number_stream(stream: bytes, serial: int) -> bytes:
    """Give an Ogg stream another number."""
    file, pages = io.BytesIO(stream), []
    while file.tell() < len(stream):
        page = OggPage(file)
        page.serial = serial
        pages.append(page.write())
    return b"".join(pages)
