import librosa
import numpy as np
import pandas as pd
import pytest
import scipy.signal
import scipy.stats
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from deepartist.datasets.manifest import build_manifest, write_manifest
from deepartist.embeddings import describe_librosa
from deepartist.embeddings.describe_librosa import (
    clip_statistics,
    describe_file,
    frame_features,
    statistics_over_time,
)
from deepartist.embeddings.features import read_features
from deepartist.mels.audio import decode
from deepartist.process.errors import InputError

RATE_HZ = 22_050
SHORTEST = 65_536  # samples of a clip that is just long enough: 2.97 s
SIZES = {
    "chroma_stft": 12,
    "chroma_cqt": 12,
    "chroma_cens": 12,
    "tonnetz": 6,
    "mfcc": 20,
    "rms": 1,
    "zcr": 1,
    "centroid": 1,
    "bandwidth": 1,
    "contrast": 7,
    "rolloff": 1,
}


def tone(hz, samples=2 * SHORTEST, amplitude=0.5):
    times = np.arange(samples) / RATE_HZ
    return (amplitude * np.sin(2 * np.pi * hz * times)).astype(np.float32)


def make_music(rng, samples):
    """Chords that change, over soft noise."""
    parts = [
        sum(tone(hz, samples // 4, 0.1) for hz in 110 * 2 ** (rng.integers(48, size=3) / 12))
        for _ in range(4)
    ]
    noise = 0.01 * rng.normal(size=samples).astype(np.float32)
    return noise + np.resize(np.concatenate(parts), samples)


# statistics


def test_statistics_by_hand():
    # deviations -1, -1, -1, 3: squares 12, cubes 24, fourth powers 84
    expected = [1, 3**0.5, 6 / 3**1.5, 21 / 9 - 3, 0, 0, 4]
    np.testing.assert_allclose(statistics_over_time(np.array([[0, 4, 0, 0]]))[:, 0], expected)


matrices = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=20),
    elements=st.floats(-100, 100, width=32),
)


@given(matrices)
def test_statistics_are_those_of_scipy(values):
    doubles = values.astype(float)
    moments = statistics_over_time(values)
    expected = [
        doubles.mean(axis=1),
        doubles.std(axis=1),
        *(f(doubles, axis=1) for f in (np.median, np.min, np.max)),
    ]
    np.testing.assert_allclose(moments[[0, 1, 4, 5, 6]], expected)
    varies = doubles.std(axis=1) > 1e-4
    varying = doubles[varies]
    if len(varying):
        np.testing.assert_allclose(
            moments[2:4, varies],
            [scipy.stats.skew(varying, axis=1), scipy.stats.kurtosis(varying, axis=1)],
            rtol=1e-6,
            atol=1e-6,
        )
    constant = np.ptp(values, axis=1) == 0
    np.testing.assert_array_equal(moments[2:4, constant], 0)


@given(matrices, st.floats(0.1, 10), st.floats(-10, 10), st.randoms(use_true_random=False))
def test_the_order_of_frames_does_not_matter_and_scale_and_offset_are_known(
    values, scale, offset, random
):
    values = values.astype(float)
    moments = statistics_over_time(values)
    order = random.sample(range(values.shape[1]), values.shape[1])
    moved = statistics_over_time(scale * values[:, order] + offset)
    located = [0, 4, 5, 6]  # mean, median, minimum, maximum
    np.testing.assert_allclose(moved[located], scale * moments[located] + offset, atol=1e-9)
    np.testing.assert_allclose(moved[1], scale * moments[1], atol=1e-9)
    varies = moments[1] > 1e-2  # of less, rounding and what counts as constant show
    np.testing.assert_allclose(moved[2:4, varies], moments[2:4, varies], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("value", [0, 0.1, 1e-6, -273.15, 1e6])
def test_what_does_not_vary_has_no_shape(value):
    expected = np.float64([value, 0, 0, 0, value, value, value])
    for dtype in (np.float64, np.float32):
        moments = statistics_over_time(np.full((1, 1001), value, dtype))
        np.testing.assert_allclose(moments[:, 0], expected, rtol=1e-6, atol=1e-9)
        np.testing.assert_array_equal(moments[2:4], 0)


# features of frames


@pytest.mark.parametrize("samples", [SHORTEST, SHORTEST + 511, SHORTEST + 512, 100_000])
def test_there_are_74_dimensions_of_as_many_frames(rng, samples):
    features = frame_features(make_music(rng, samples))
    assert {name: len(values) for name, values in features.items()} == SIZES
    for name, values in features.items():
        assert values.shape[1] == 1 + samples // 512, name
        assert np.isfinite(values).all(), name


def test_a_tone_has_known_features():
    features = frame_features(tone(440))
    inner = {name: values[:, 5:-5] for name, values in features.items()}  # edges are reflected
    np.testing.assert_allclose(inner["zcr"], 2 * 440 / RATE_HZ, rtol=0.02)
    np.testing.assert_allclose(inner["centroid"], 440, rtol=0.02)
    np.testing.assert_allclose(inner["rolloff"], 440, atol=2 * RATE_HZ / 2048)
    # of a windowed frame: the mean square of a Hann window is 3/8
    np.testing.assert_allclose(inner["rms"], 0.5 * (0.5 * 3 / 8) ** 0.5, rtol=0.01)
    for name in ("chroma_stft", "chroma_cqt", "chroma_cens"):
        assert (inner[name].argmax(axis=0) == 9).all(), name  # A, nine semitones above C


def test_chroma_follows_the_tuning():
    for sharp_semitones in (0, 0.4):
        features = frame_features(tone(440 * 2 ** (sharp_semitones / 12)))
        for name in ("chroma_stft", "chroma_cqt"):
            chroma = features[name][:, 5:-5].mean(axis=1)
            assert chroma[9] == pytest.approx(1, abs=1e-3)
            # by the wrong tuning the two semitones beside it would be as 1 to 3
            assert chroma[10] == pytest.approx(chroma[8], abs=0.1), (name, sharp_semitones)


def test_loudness_is_in_rms_and_in_the_first_coefficient_only(rng):
    loud = make_music(rng, 2 * SHORTEST)
    strong, weak = frame_features(loud), frame_features(loud / 4)
    np.testing.assert_allclose(weak["rms"], strong["rms"] / 4, rtol=1e-5)
    # 12 dB in each of 128 bands; the DCT is orthonormal
    fall = 20 * np.log10(4) * 128**0.5
    np.testing.assert_allclose(weak["mfcc"][0], strong["mfcc"][0] - fall, atol=1e-2)
    np.testing.assert_allclose(weak["mfcc"][1:], strong["mfcc"][1:], atol=1e-2)
    for name in SIZES.keys() - {"rms", "mfcc"}:
        np.testing.assert_allclose(weak[name], strong[name], rtol=1e-4, atol=1e-4, err_msg=name)


# clips


def test_the_numbers_stand_in_order(rng):
    samples = make_music(rng, SHORTEST)
    numbers = clip_statistics(samples)
    assert (numbers.shape, numbers.dtype) == ((518,), np.float32)
    start = 0
    for name, values in frame_features(samples).items():
        block = numbers[start : start + 7 * SIZES[name]].reshape(7, SIZES[name])
        np.testing.assert_allclose(block[0], values.mean(axis=1), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(block[6], values.max(axis=1), rtol=1e-6)
        start += block.size
    assert start == 518


@pytest.mark.filterwarnings("ignore:Trying to estimate tuning from empty frequency set")
@pytest.mark.parametrize("kind", ["nothing", "hum", "click", "constant", "gap", "noise", "full"])
def test_numbers_are_finite_whatever_the_sound(rng, kind):
    noise = rng.normal(size=SHORTEST).astype(np.float32)
    samples = {
        "nothing": np.zeros(SHORTEST, np.float32),
        "hum": tone(50, SHORTEST, 1e-4),
        "click": np.eye(1, SHORTEST, SHORTEST // 2, dtype=np.float32)[0],
        "constant": np.full(SHORTEST, 0.5, np.float32),
        "gap": np.where(np.arange(SHORTEST) < SHORTEST // 2, 0, noise).astype(np.float32),
        "noise": 1e-4 * noise,
        "full": np.sign(noise),
    }[kind]
    assert np.isfinite(clip_statistics(samples)).all()


def slow_statistics(path):
    """Each feature from the samples, by a librosa call that shares nothing with the others."""
    y, _ = librosa.load(path, sr=RATE_HZ, duration=30)
    same = {"y": y, "sr": RATE_HZ, "n_fft": 2048, "hop_length": 512, "pad_mode": "reflect"}
    tuning = librosa.estimate_tuning(y=y, sr=RATE_HZ, pad_mode="reflect")
    cqt = librosa.cqt(
        y,
        sr=RATE_HZ,
        hop_length=512,
        n_bins=84,
        bins_per_octave=12,
        tuning=tuning,
        pad_mode="reflect",
    )
    padded = np.pad(y.astype(float), 1024, mode="reflect")
    frames = librosa.util.frame(padded, frame_length=2048, hop_length=512)
    windowed = frames * scipy.signal.get_window("hann", 2048)[:, None]
    feature = librosa.feature
    cens = feature.chroma_cens(C=np.abs(cqt), n_chroma=12, n_octaves=7, bins_per_octave=12)
    values_of = [
        feature.chroma_stft(**same, tuning=tuning, n_chroma=12),
        feature.chroma_cqt(C=np.abs(cqt), n_chroma=12, n_octaves=7, bins_per_octave=12),
        cens,
        feature.tonnetz(chroma=cens),
        feature.mfcc(**same, n_mfcc=20),
        np.sqrt((windowed**2).mean(axis=0, keepdims=True)),
        feature.zero_crossing_rate(y, frame_length=2048, hop_length=512),
        feature.spectral_centroid(**same),
        feature.spectral_bandwidth(**same),
        feature.spectral_contrast(**same, n_bands=6),
        feature.spectral_rolloff(**same),
    ]
    numbers = []
    for values in values_of:
        values = values.astype(float)
        for function in (np.mean, np.std, scipy.stats.skew, scipy.stats.kurtosis, np.median):
            numbers.extend(function(values, axis=1))
        numbers.extend([*values.min(axis=1), *values.max(axis=1)])
    return np.array(numbers)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:audioread")
def test_real_music_has_the_numbers_of_the_slow_twin(music):
    path = min(music.rglob("*.mp3"))
    ours = describe_file(path)
    np.testing.assert_allclose(ours, slow_statistics(path), rtol=2e-3, atol=2e-3)


def test_pieces_of_a_song_are_more_alike_than_two_songs(music):
    paths = [min(folder.glob("*.mp3")) for folder in sorted(music.iterdir()) if folder.is_dir()][:4]
    halves = [np.array_split(decode(path, 12), 2) for path in paths]
    numbers = np.array([[clip_statistics(half) for half in pair] for pair in halves])
    numbers = (numbers - numbers.mean(axis=(0, 1))) / (numbers.std(axis=(0, 1)) + 1e-9)
    distances = np.linalg.norm(numbers[:, None, 0] - numbers[None, :, 1], axis=2)
    assert distances.argmin(axis=1).tolist() == [0, 1, 2, 3]


# the stage


def write_clips(folder, sounds):
    for name, samples in sounds.items():
        soundfile.write(folder / f"{name}.wav", samples, RATE_HZ, subtype="FLOAT")
    manifest = build_manifest(
        {"clip_id": name, "path": str(folder / f"{name}.wav")} for name in sounds
    )
    write_manifest(manifest, folder / "clips.csv")
    labels = pd.DataFrame({"clip_id": list(sounds), "label": "jazz", "split": "train"})
    labels.to_csv(folder / "labels.csv", index=False)


def run_stage(folder, jobs=1):
    describe_librosa.main(
        [
            *("--clips", str(folder / "clips.csv"), "--labels", str(folder / "labels.csv")),
            *("--out", str(folder / "out" / "clips.npz"), "--jobs", str(jobs)),
        ]
    )
    return read_features(folder / "out" / "clips.npz")


def test_stage_describes_the_first_30_s_of_each_clip(tmp_path, rng, capsys):
    long = make_music(rng, 31 * RATE_HZ)
    sounds = {"b": long, "a": make_music(rng, SHORTEST), "c": tone(440)}
    write_clips(tmp_path, sounds)
    clip_id, embedding = run_stage(tmp_path, jobs=2)
    assert clip_id.tolist() == ["a", "b", "c"]
    heard = [sounds["a"], long[: 30 * RATE_HZ], sounds["c"]]
    for row, samples in zip(embedding, heard, strict=True):
        np.testing.assert_allclose(row, clip_statistics(samples), rtol=1e-4, atol=1e-4)
    assert capsys.readouterr().out == f"{tmp_path / 'out' / 'clips.npz'}: 3 songs\n"
    np.testing.assert_array_equal(run_stage(tmp_path, jobs=1)[1], embedding)


def test_stage_leaves_out_clips_without_a_label(tmp_path):
    write_clips(tmp_path, {name: tone(440) for name in "abc"})
    labels = pd.read_csv(tmp_path / "labels.csv")
    labels[labels["clip_id"] != "b"].to_csv(tmp_path / "labels.csv", index=False)
    assert run_stage(tmp_path)[0].tolist() == ["a", "c"]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.unlink(), "missing file"),
        (lambda path: path.write_bytes(b""), "empty file"),
        (lambda path: path.write_text("no sound"), "cannot be decoded"),
        (
            lambda path: soundfile.write(
                path, np.full(SHORTEST, 1e30, np.float32), RATE_HZ, subtype="FLOAT"
            ),
            "samples beyond full scale",
        ),
    ],
)
def test_stage_names_a_clip_that_cannot_be_read_and_writes_nothing(tmp_path, rng, spoil, message):
    write_clips(tmp_path, {"a": make_music(rng, SHORTEST), "b": tone(440, SHORTEST)})
    spoil(tmp_path / "b.wav")
    with pytest.raises(InputError, match=message) as caught:
        run_stage(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'b.wav'}: ")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()
