"""A test sound, and audio files in every format."""

from pathlib import Path

import av
import numpy as np
import soundfile

# Container and codec of the formats that are written by FFmpeg.
CONTAINERS = {
    ".aac": ("adts", "aac"),
    ".m4a": ("ipod", "aac"),
    ".mka": ("matroska", "ac3"),
    ".mp4": ("mp4", "alac"),
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
    container, codec = CONTAINERS[path.suffix]
    with av.open(str(path), "w", format=container) as file:
        layout = LAYOUTS[sound.shape[1]]
        file_rate_hz = OPUS_RATE_HZ if codec == "libopus" else rate_hz
        stream = file.add_stream(codec, rate=file_rate_hz, layout=layout)
        stream.bit_rate = BIT_RATE
        frame = av.AudioFrame.from_ndarray(sound.T.copy(), format="fltp", layout=layout)
        frame.sample_rate = rate_hz
        to_stream = av.AudioResampler(stream.format, stream.layout, stream.rate)
        for part in [*to_stream.resample(frame), *to_stream.resample(None)]:
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
