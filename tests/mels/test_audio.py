"""Decoding: the right seconds of every kind of file, without reading all of it."""

import os
import struct
import subprocess
import sys

import av
import numpy as np
import pytest
import scipy.signal
import soundfile
import soxr

from deepartist.mels.audio import DecodeError, decode
from sounds import make_glide, write_sound

RATE_HZ = 44_100
WHOLE_S, EXCERPT_S = 12, 3
OUT_HZ = 22_050
N = EXCERPT_S * OUT_HZ
MIDDLE = (WHOLE_S - EXCERPT_S) * OUT_HZ // 2  # a whole number of samples at either rate

MP3 = {
    "constant.mp3": {"bitrate_mode": "CONSTANT"},
    "variable.mp3": {"bitrate_mode": "VARIABLE", "compression_level": 0.9},
}
EXACT = ["a.wav", "a.au", "a.aiff", "a.flac", "a.ogg", "a.opus", *MP3]
# FFmpeg jumps in these only to whole frames or blocks, and their decoders add noise.
NEAR = ["a.m4a", "a.mka", "a.mp4", "a.wma"]


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    """Files of 12 s of a rising tone in two channels, in every format."""
    folder = tmp_path_factory.mktemp("songs")
    glide = make_glide(RATE_HZ, WHOLE_S, channels=2)
    for name in [*EXACT, *NEAR, "a.aac"]:
        write_sound(folder / name, glide, RATE_HZ, **MP3.get(name, {}))
    return folder


def decode_whole(path) -> np.ndarray:
    """Decode a whole file with soundfile, or with FFmpeg where soundfile cannot read it."""
    try:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError:
        with av.open(str(path)) as file:
            to_float = av.AudioResampler(format="fltp")
            frames = [frame for part in file.decode(audio=0) for frame in to_float.resample(part)]
            rate_hz = frames[0].sample_rate
            samples = np.concatenate([frame.to_ndarray() for frame in frames], axis=1).T
    return soxr.resample(samples.mean(axis=1), rate_hz, OUT_HZ)


def heard_at_s(samples) -> float:
    """Return the time in the file, in seconds, at which an excerpt of the rising tone starts.

    It follows from the frequency in the middle of the excerpt: 200 Hz + 100 Hz a second.
    """
    half = OUT_HZ // 8
    middle = samples[len(samples) // 2 - half : len(samples) // 2 + half]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 2**16))
    return (spectrum.argmax() * OUT_HZ / 2**16 - 200) / 100 - len(samples) / OUT_HZ / 2


@pytest.mark.parametrize(("excerpt", "start"), [("start", 0), ("middle", MIDDLE)])
@pytest.mark.parametrize("name", EXACT)
def test_an_excerpt_is_cut_from_the_whole(songs, name, excerpt, start):
    samples = decode(songs / name, EXCERPT_S, excerpt)
    assert (samples.shape, samples.dtype) == ((N,), np.float32)
    whole = decode_whole(songs / name)
    inner = slice(100, -100)  # the resampler sees silence before and after the excerpt
    np.testing.assert_allclose(samples[inner], whole[start : start + N][inner], atol=1e-4)


@pytest.mark.parametrize(("excerpt", "start"), [("start", 0), ("middle", MIDDLE)])
@pytest.mark.parametrize("name", NEAR)
def test_an_excerpt_by_ffmpeg_is_cut_from_the_whole(songs, name, excerpt, start):
    samples = decode(songs / name, EXCERPT_S, excerpt)
    assert (samples.shape, samples.dtype) == ((N,), np.float32)
    whole = decode_whole(songs / name)
    found = int(scipy.signal.correlate(whole, samples, mode="valid").argmax())
    assert found == pytest.approx(start, abs=0.1 * OUT_HZ)
    # The first samples after a jump are right, too.
    inner = slice(100, -100)
    np.testing.assert_allclose(samples[inner], whole[found : found + N][inner], atol=0.05)


def test_the_middle_of_real_music_is_cut_from_the_whole(music):
    # MP3 frames of real music need earlier frames, which a decoder lacks after a jump.
    for path in sorted(music.rglob("*.mp3"))[::20]:
        samples, whole = decode(path, EXCERPT_S, "middle"), decode_whole(path)
        start = (len(whole) - N) // 2
        np.testing.assert_allclose(samples[100:-100], whole[start : start + N][100:-100], atol=1e-3)


def test_the_middle_is_about_there_where_no_header_says_the_length(songs):
    assert heard_at_s(decode(songs / "a.aac", EXCERPT_S, "middle")) == pytest.approx(4.5, abs=1)


@pytest.mark.parametrize("excerpt", ["start", "middle"])
@pytest.mark.parametrize("name", ["a.wav", "a.mp4"])
def test_a_file_that_is_shorter_comes_whole(songs, name, excerpt):
    whole = decode_whole(songs / name)
    np.testing.assert_allclose(decode(songs / name, WHOLE_S + 1, excerpt), whole, atol=1e-6)
    np.testing.assert_allclose(decode(songs / name, WHOLE_S, excerpt), whole, atol=1e-6)


# channels and rates


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize(
    ("name", "rate_hz"),
    [("a.wav", 12_345), ("a.flac", 96_000), ("a.mp4", 8_000), ("a.mp4", 48_000)],
)
def test_channels_are_averaged_and_resampled(tmp_path, name, rate_hz, channels):
    sound = make_glide(rate_hz, 2, channels)
    write_sound(tmp_path / name, sound, rate_hz)
    expected = soxr.resample(sound.mean(axis=1), rate_hz, OUT_HZ)
    np.testing.assert_allclose(decode(tmp_path / name, WHOLE_S), expected, atol=1e-4)


def test_more_channels_than_memory_would_hold_are_refused(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.ones((10, 200)), 700_000)
    with pytest.raises(DecodeError, match="200 channels at 700000 Hz"):
        decode(tmp_path / "a.wav", EXCERPT_S)


@pytest.mark.parametrize("rate_hz", [50, 800_000])
def test_rates_that_no_sound_has_are_refused(tmp_path, rate_hz):
    soundfile.write(tmp_path / "a.wav", np.ones(1000), rate_hz)
    with pytest.raises(DecodeError, match=f"a sample rate of {rate_hz} Hz"):
        decode(tmp_path / "a.wav", EXCERPT_S)


@pytest.mark.parametrize("excerpt", ["start", "middle"])
def test_high_efficiency_aac_has_twice_the_rate_of_its_header(tmp_path, excerpt):
    write_sound(tmp_path / "plain.m4a", make_glide(OUT_HZ, WHOLE_S), OUT_HZ)
    # Change the codec's header from AAC at 22,050 Hz, mono, to HE-AAC at 22,050 and 44,100 Hz.
    plain = (tmp_path / "plain.m4a").read_bytes()
    efficient = plain.replace(b"\x13\x88\x56\xe5\x00", b"\x2b\x8a\x08\x00\x00")
    assert efficient != plain
    (tmp_path / "efficient.m4a").write_bytes(efficient)
    samples = decode(tmp_path / "efficient.m4a", EXCERPT_S, excerpt)
    assert len(samples) == N
    assert heard_at_s(samples) == pytest.approx(4.5 if excerpt == "middle" else 0, abs=0.1)


# wrong names and lengths


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.m4a", "a.mp3"),
        ("a.mp4", "b.mp3"),
        ("a.ogg", "c.mp3"),
        ("a.flac", "a.wav"),
        ("a.wma", ""),
    ],
)
def test_a_file_may_have_the_name_of_another_kind(songs, tmp_path, name, suffix):
    (tmp_path / f"x{suffix}").write_bytes((songs / name).read_bytes())
    expected = decode(songs / name, EXCERPT_S, "middle")
    np.testing.assert_array_equal(decode(tmp_path / f"x{suffix}", EXCERPT_S, "middle"), expected)


def set_wav_length(data: bytearray, factor: float) -> None:
    scale(data, data.index(b"data") + 4, "<I", factor)


def set_flac_length(data: bytearray, factor: float) -> None:
    streaminfo = int.from_bytes(data[18:26], "big")  # the lower 36 bits are the samples
    samples = streaminfo & (2**36 - 1)
    data[18:26] = (streaminfo - samples + int(factor * samples)).to_bytes(8, "big")


def set_mp3_length(data: bytearray, factor: float) -> None:
    scale(data, data.index(b"Xing") + 8, ">I", factor)


def set_mp4_length(data: bytearray, factor: float) -> None:
    scale(data, data.index(b"mdhd") + 20, ">I", factor)


def scale(data: bytearray, place: int, form: str, factor: float) -> None:
    value = int(factor * struct.unpack_from(form, data, place)[0])
    struct.pack_into(form, data, place, value)


@pytest.mark.parametrize(
    ("name", "set_length", "factor", "middle_s"),
    [
        ("a.wav", set_wav_length, 2, 4.5),  # the size of the file gives its length
        ("a.wav", set_wav_length, 0.5, 1.5),
        ("a.wav", set_wav_length, 0, 4.5),  # as left by a recording that was interrupted
        ("a.flac", set_flac_length, 2, 0),
        ("a.flac", set_flac_length, 500, 0),
        ("a.flac", set_flac_length, 0, 0),  # unknown, as when written into a pipe
        ("variable.mp3", set_mp3_length, 2, 0),
        ("variable.mp3", set_mp3_length, 1000, 0),
        ("variable.mp3", set_mp3_length, 0.5, 1.5),
        ("a.mp4", set_mp4_length, 1000, 4.5),  # its packets have lengths of their own
        ("a.mp4", set_mp4_length, 0.5, 1.5),
    ],
)
def test_files_that_lie_about_their_length(songs, tmp_path, name, set_length, factor, middle_s):
    data = bytearray((songs / name).read_bytes())
    set_length(data, factor)
    (tmp_path / name).write_bytes(data)
    for excerpt, start_s in [("start", 0), ("middle", middle_s)]:
        samples = decode(tmp_path / name, EXCERPT_S, excerpt)
        assert len(samples) == N
        assert heard_at_s(samples) == pytest.approx(start_s, abs=0.05)


# files that are not sound


def write_video(path) -> None:
    with av.open(str(path), "w", format="mp4") as file:
        stream = file.add_stream("mpeg4", rate=25, width=16, height=16, pix_fmt="yuv420p")
        file.mux(stream.encode(av.VideoFrame(16, 16, "yuv420p")))
        file.mux(stream.encode(None))


def write_float(*values, rate_hz=OUT_HZ):
    return lambda path: soundfile.write(
        path, np.array(values, np.float32), rate_hz, subtype="FLOAT", format="WAV"
    )


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "missing file"),
        (lambda path: path.mkdir(), "missing file"),
        (os.mkfifo, "missing file"),  # opening a pipe would wait for ever
        (lambda path: path.touch(), "empty file"),
        (lambda path: path.write_bytes(b"this is no sound" * 100), "cannot be decoded"),
        (write_video, "no audio stream"),
        (write_float(), "no samples"),
        (write_float(0.1, np.nan), "samples are not finite"),
        (write_float(0.1, -np.inf), "samples are not finite"),
        (write_float(*np.zeros(5_000), np.nan, rate_hz=48_000), "samples are not finite"),
        (write_float(np.inf, *np.zeros(5_000), rate_hz=8_000), "samples are not finite"),
        (write_float(0.1, rate_hz=48_000), "no samples"),  # resampling leaves no sample
    ],
)
@pytest.mark.parametrize("excerpt", ["start", "middle"])
def test_what_is_no_sound_is_refused_with_the_reason(tmp_path, make, reason, excerpt):
    make(tmp_path / "a.mp3")
    with pytest.raises(DecodeError, match=reason) as caught:
        decode(tmp_path / "a.mp3", EXCERPT_S, excerpt)
    assert "\n" not in str(caught.value)


def test_a_name_that_is_too_long_is_refused(tmp_path):
    with pytest.raises(DecodeError, match="cannot be opened"):
        decode(tmp_path / ("a" * 300), EXCERPT_S)


# three hours

HOURS_S = 3 * 3600
LIMIT = """
import resource, sys
import av, soundfile, soxr
from deepartist.mels.audio import decode

with open("/proc/self/statm") as file:
    addresses = int(file.read().split()[0]) * resource.getpagesize()
limit = addresses + int(sys.argv[1]) * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
for path in sys.argv[2:]:
    for excerpt in ("start", "middle"):
        print(len(decode(path, 30, excerpt)))
"""


def write_long_wav(path) -> None:
    """Write a sparse file of nearly two gigabytes of stereo; all but the first minute is a hole."""
    soundfile.write(path, np.full((RATE_HZ * 60, 2), 0.1), RATE_HZ)
    data_bytes = HOURS_S * RATE_HZ * 4
    with path.open("r+b") as file:
        header = file.read(44)
        assert header[36:40] == b"data"
        file.seek(4)
        file.write(struct.pack("<I", data_bytes + 36))
        file.seek(40)
        file.write(struct.pack("<I", data_bytes))
        file.truncate(44 + data_bytes)


def write_long_mp3(path) -> None:
    """Write the frames of one minute again and again."""
    minute = path.with_name("minute.mp3")
    write_sound(minute, make_glide(8_000, 60), 8_000, bitrate_mode="CONSTANT")
    path.write_bytes(minute.read_bytes() * (HOURS_S // 60))


def write_long_m4a(path) -> None:
    """Write one packet again and again."""
    write_sound(path.with_name("short.m4a"), make_glide(RATE_HZ, 1), RATE_HZ)
    with (
        av.open(str(path.with_name("short.m4a"))) as short,
        av.open(str(path), "w", format="ipod") as long,
    ):
        stream = long.add_stream_from_template(short.streams.audio[0])
        packet = list(short.demux(audio=0))[10]
        for number in range(HOURS_S * RATE_HZ // 1024):
            packet.stream, packet.pts, packet.dts = stream, number * 1024, number * 1024
            long.mux(packet)


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux only")
def test_three_hours_are_not_read_into_memory(tmp_path):
    files = []
    for write in (write_long_wav, write_long_mp3, write_long_m4a):
        files.append(tmp_path / f"long.{write.__name__[-3:]}")
        write(files[-1])
    child = subprocess.run(
        [sys.executable, "-c", LIMIT, "150", *files], capture_output=True, text=True, check=False
    )
    assert child.stdout.split() == [str(30 * OUT_HZ)] * 6, child.stderr
