"""Files of several streams, and files of which a decoder reads less than there is."""

import logging
from functools import partial

import numpy as np
import pytest

from deepartist.mels import audio, joined
from deepartist.mels.audio import DecodeError, decode
from deepartist.mels.clip import read_clip
from deepartist.mels.joined import Part, find_parts, mp3_goes_on
from sounds import join_files, make_glide, number_stream, write_sound

RATE_HZ = 44_100
OUT_HZ = 22_050
CUTS_S = (0, 2, 7, 10)  # three streams of a rising tone
WHOLE_S = CUTS_S[-1]
CHAINS = ["a.ogg", "a.opus", "a.oga", "a.flac"]  # a.oga: FLAC in Ogg, which libsndfile cannot read
JOINED = [*CHAINS, "a.mp3", "a.aac"]
quietly = partial(decode, tell=lambda words: None)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Files of three streams, in a folder; the streams themselves are beside them."""
    folder = tmp_path_factory.mktemp("joined")
    glide = make_glide(RATE_HZ, WHOLE_S, channels=2)
    for name in JOINED:
        parts = [folder / f"{number}-{name}" for number in range(len(CUTS_S) - 1)]
        for part, start_s, end_s in zip(parts, CUTS_S, CUTS_S[1:], strict=False):
            write_sound(part, glide[start_s * RATE_HZ : end_s * RATE_HZ], RATE_HZ)
        join_files(folder / name, parts)
    return folder


def pitch_hz(samples, time_s) -> float:
    """Return the frequency of the tone at a time of an excerpt."""
    middle, half = round(time_s * OUT_HZ), OUT_HZ // 8
    piece = samples[middle - half : middle + half]
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), 2**16))
    return float(spectrum.argmax() * OUT_HZ / 2**16)


def assert_from(samples, start_s, within_s=0.1) -> None:
    """Assert that an excerpt of the tone, of 200 Hz + 100 Hz a second, starts there everywhere."""
    for time_s in np.arange(0.5, len(samples) / OUT_HZ - 0.3, 0.5):
        if min(abs(start_s + time_s - cut_s) for cut_s in CUTS_S) > 0.3:
            heard_s = (pitch_hz(samples, time_s) - 200) / 100
            assert heard_s == pytest.approx(start_s + time_s, abs=within_s)


@pytest.mark.parametrize("excerpt", ["start", "middle"])
@pytest.mark.parametrize("name", JOINED)
def test_all_streams_are_read_one_after_the_other(files, name, excerpt):
    samples = quietly(files / name, 30, excerpt)
    # The encoders of MP3 and AAC add up to 0.1 s to each stream.
    assert len(samples) / OUT_HZ == pytest.approx(WHOLE_S, abs=0.01 if name in CHAINS else 0.3)
    assert_from(samples, 0, 0.1 if name in CHAINS else 0.3)


@pytest.mark.parametrize("duration_s", [1, 4, 8])
@pytest.mark.parametrize("name", JOINED)
def test_the_start_may_end_in_any_stream(files, name, duration_s):
    samples = quietly(files / name, duration_s)
    assert len(samples) == duration_s * OUT_HZ
    assert_from(samples, 0, 0.3)


@pytest.mark.parametrize("duration_s", [2, 4, 8])
@pytest.mark.parametrize("name", ["a.ogg", "a.opus", "a.oga"])
def test_the_middle_of_a_chain_is_that_of_the_whole(files, name, duration_s):
    samples = quietly(files / name, duration_s, "middle")
    assert len(samples) == duration_s * OUT_HZ
    assert_from(samples, (WHOLE_S - duration_s) / 2)


@pytest.mark.parametrize("name", CHAINS)
def test_streams_are_joined_without_a_gap(files, name):
    parts = [decode(files / f"{number}-{name}", 30) for number in range(3)]
    expected = np.concatenate(parts)
    samples = quietly(files / name, 30)
    assert len(samples) == len(expected)
    for cut_s in CUTS_S[1:-1]:  # the resampler has smoothed the ends of the parts
        expected[cut_s * OUT_HZ - 100 : cut_s * OUT_HZ + 100] = 0
        samples[cut_s * OUT_HZ - 100 : cut_s * OUT_HZ + 100] = 0
    inner = slice(100, -100)
    np.testing.assert_allclose(samples[inner], expected[inner], atol=1e-4)


def test_streams_may_have_one_number(files, tmp_path):
    streams = [(files / f"{number}-a.ogg").read_bytes() for number in range(3)]
    path = tmp_path / "a.ogg"
    path.write_bytes(b"".join(number_stream(stream, 7) for stream in streams))
    np.testing.assert_array_equal(quietly(path, 30), quietly(files / "a.ogg", 30))


@pytest.mark.parametrize("excerpt", ["start", "middle"])
def test_streams_of_other_rates_channels_and_codecs(tmp_path, excerpt):
    parts = []
    for name, rate_hz, channels in [
        ("0.ogg", 44_100, 2),
        ("1.ogg", 22_050, 1),
        ("2.opus", 48_000, 2),
        ("3.oga", 32_000, 1),
    ]:
        parts.append(tmp_path / name)
        write_sound(parts[-1], make_glide(rate_hz, 3, channels), rate_hz)
    join_files(tmp_path / "a.ogg", parts)
    samples = quietly(tmp_path / "a.ogg", 30, excerpt)
    assert len(samples) == pytest.approx(12 * OUT_HZ, abs=3)
    for start_s in (0, 3, 6, 9):  # each starts at 200 Hz
        assert pitch_hz(samples, start_s + 1.5) == pytest.approx(350, abs=5)


@pytest.mark.parametrize(
    ("first", "second"), [((44_100, 2), (44_100, 1)), ((22_050, 1), (44_100, 2))]
)
@pytest.mark.parametrize("suffix", [".mp3", ".aac"])
def test_joined_files_of_other_rates_and_channels(tmp_path, suffix, first, second):
    parts = []
    for number, (rate_hz, channels) in enumerate([first, second]):
        parts.append(tmp_path / f"{number}{suffix}")
        write_sound(parts[-1], make_glide(rate_hz, 3, channels), rate_hz)
    join_files(tmp_path / f"a{suffix}", parts)
    samples = quietly(tmp_path / f"a{suffix}", 30)
    assert len(samples) / OUT_HZ == pytest.approx(6, abs=0.3)
    assert pitch_hz(samples, 1.5) == pytest.approx(350, abs=15)
    assert pitch_hz(samples, 4.5) == pytest.approx(350, abs=30)


def test_a_clip_of_two_seconds_and_a_minute(tmp_path):
    glide = make_glide(OUT_HZ, 62)
    for name, part in (("0.ogg", glide[: 2 * OUT_HZ]), ("1.ogg", glide[2 * OUT_HZ :])):
        write_sound(tmp_path / name, part, OUT_HZ)
    join_files(tmp_path / "a.ogg", [tmp_path / "0.ogg", tmp_path / "1.ogg"])
    for excerpt, start_s in (("start", 0), ("middle", 16)):
        assert_from(quietly(tmp_path / "a.ogg", 30, excerpt), start_s)
        assert read_clip(tmp_path / "a.ogg", excerpt).shape == (1291, 128)


@pytest.mark.parametrize("excerpt", ["start", "middle"])
@pytest.mark.parametrize("bad", [0, 1, 2])
def test_a_stream_that_cannot_be_decoded_is_left_out_and_counted(files, tmp_path, bad, excerpt):
    parts = [files / f"{number}-a.ogg" for number in range(3)]
    whole = parts[bad].read_bytes()
    parts[bad] = tmp_path / "bad.ogg"
    parts[bad].write_bytes(whole[:28] + bytes(2000) + whole[2028:])
    (tmp_path / "a.ogg").write_bytes(b"".join(part.read_bytes() for part in parts))
    said = []
    samples = decode(tmp_path / "a.ogg", 30, excerpt, tell=said.append)
    left_s = WHOLE_S - (CUTS_S[bad + 1] - CUTS_S[bad])
    assert len(samples) / OUT_HZ == pytest.approx(left_s, abs=0.01)
    assert said[0].startswith("3 streams one after the other are read as one; left out: 1 of them")


def test_where_no_stream_can_be_decoded_the_reason_is_given(files, tmp_path):
    broken = (files / "0-a.ogg").read_bytes()[:28] + bytes(2000)
    (tmp_path / "a.ogg").write_bytes(2 * broken)
    with pytest.raises(DecodeError, match="cannot be decoded"):
        decode(tmp_path / "a.ogg", 30)


# MP3 files whose length is not known


@pytest.fixture(scope="module")
def varying(tmp_path_factory):
    """An MP3 file whose bit rate varies, from loud noise to a soft tone."""
    path = tmp_path_factory.mktemp("mp3") / "varying.mp3"
    glide = make_glide(RATE_HZ, WHOLE_S, 2)
    loud = RATE_HZ  # samples of the first second
    noise = np.random.default_rng(0).standard_normal(glide.shape)
    glide[:loud] += 0.3 * noise[:loud].astype(np.float32)
    write_sound(path, glide, RATE_HZ, bitrate_mode="VARIABLE", compression_level=0.5)
    return path


def without_header(path, folder):
    """Copy an MP3 file without its first frame, which states its length."""
    data = path.read_bytes()
    assert b"Xing" in data[:64] or b"Info" in data[:64]
    (folder / "a.mp3").write_bytes(data[data.index(data[:2], 4) :])
    return folder / "a.mp3"


def test_a_varying_bit_rate_without_a_header(varying, tmp_path):
    samples = quietly(without_header(varying, tmp_path), 30)
    assert len(samples) / OUT_HZ == pytest.approx(WHOLE_S, abs=0.1)
    assert_from(samples[OUT_HZ:], 1)


def test_what_is_read_by_ffmpeg_is_said(files, caplog):
    with caplog.at_level(logging.WARNING):
        decode(files / "a.mp3", 30)
    assert f"{files / 'a.mp3'}: " in caplog.text
    assert "s are read by FFmpeg, 2.00 s by libsndfile" in caplog.text


def test_a_file_that_was_cut_off_is_said_to_be_shorter_than_its_header_says(varying, tmp_path):
    data = varying.read_bytes()
    (tmp_path / "a.mp3").write_bytes(data[: len(data) * 2 // 3])
    said = []
    decode(tmp_path / "a.mp3", 30, tell=said.append)
    (words,) = said
    assert words.startswith("it ends after ")
    assert words.endswith(" s; its header says 10.00 s")


# ordinary files


def write_ordinary(folder):
    """Write files with nothing wrong with them, shorter than a clip."""
    glide = make_glide(RATE_HZ, 4, 2)
    ordinary = {
        "a.wav": {},
        "a.flac": {},
        "a.ogg": {},
        "a.opus": {},
        "constant.mp3": {"bitrate_mode": "CONSTANT"},
        "variable.mp3": {"bitrate_mode": "VARIABLE"},
    }
    for name, settings in ordinary.items():
        write_sound(folder / name, glide, RATE_HZ, **settings)
    (folder / "headless").mkdir()
    constant = without_header(folder / "constant.mp3", folder / "headless")
    tagged = folder / "tagged.mp3"
    tagged.write_bytes((folder / "variable.mp3").read_bytes() + b"TAG" + bytes(125))
    return [*(folder / name for name in ordinary), constant, tagged]


def test_ordinary_files_are_read_once_and_nothing_is_said(tmp_path, monkeypatch):
    def fail(*args):
        raise AssertionError("FFmpeg is used")

    paths = write_ordinary(tmp_path)
    monkeypatch.setattr(audio, "_read_av", fail)
    monkeypatch.setattr(audio, "_read_parts", fail)
    said = []
    for path in paths:
        for excerpt in ("start", "middle"):
            decode(path, 30, excerpt, tell=said.append)
            decode(path, 3, excerpt, tell=said.append)
        assert len(find_parts(path)) < 2
    assert said == []


@pytest.mark.parametrize("name", ["constant.mp3", "variable.mp3"])
def test_an_mp3_file_goes_on_if_less_of_it_was_read(tmp_path, name):
    write_ordinary(tmp_path)
    assert not mp3_goes_on(tmp_path / name, 4.0)
    assert mp3_goes_on(tmp_path / name, 3.0)


def test_streams_that_run_at_a_time_are_one_part(files):
    first = (files / "0-a.ogg").read_bytes()
    page = joined.PAGE_HEADER_BYTES + 1 + first[joined.PAGE_HEADER_BYTES]
    path = files / "pictures.ogg"
    path.write_bytes(number_stream(first[:page], 9) + first + first)
    at = page + len(first)
    assert find_parts(path) == [(0, at), (at, at + len(first))]


@pytest.mark.parametrize("block_bytes", [8, 11, 1000])
def test_streams_are_found_across_the_ends_of_blocks(files, monkeypatch, block_bytes):
    expected = find_parts(files / "a.ogg")
    assert len(expected) == 3
    monkeypatch.setattr(joined, "BLOCK_BYTES", block_bytes)
    assert find_parts(files / "a.ogg") == expected


def test_a_part_is_a_file_of_its_own(tmp_path):
    (tmp_path / "a").write_bytes(bytes(range(100)))
    with (tmp_path / "a").open("rb") as file:
        part = Part(file, 10, 20)
        assert part.read(4) == bytes(range(10, 14))
        assert (part.seek(-2, 2), part.tell()) == (8, 8)
        assert part.read() == bytes([18, 19])
        assert part.read(5) == b""
        assert (part.seek(-3, 1), part.seek(50), part.seek(1)) == (7, 50, 1)
        assert part.read(2) == bytes([11, 12])


@pytest.mark.parametrize("name", ["a.ogg", "a.flac"])
@pytest.mark.parametrize("damage", [b"", b"\xff", b"\xff" * 40])
def test_a_damaged_header_is_no_start_of_a_stream(files, tmp_path, name, damage):
    content = (files / f"0-{name}").read_bytes()
    path = tmp_path / name
    path.write_bytes(content[:4] + damage + content[4 + len(damage) :][: len(content) // 2])
    parts = find_parts(path)
    assert parts in ([], [(0, path.stat().st_size)])
    assert (parts == []) == bool(damage)
    path.write_bytes(content[:4])
    assert find_parts(path) == []
