"""The demo synthesiser and its corpora."""

import csv
import io
import itertools
import json
import pickle
import re

import numpy as np
import pandas as pd
import pytest
import soundfile
import yaml
from hypothesis import given
from hypothesis import strategies as st

from deepartist.datasets import fma as fma_set
from deepartist.datasets import gtzan as gtzan_set
from deepartist.datasets import msd as msd_set
from deepartist.datasets import table as table_set
from deepartist.demo import fma, gtzan, msd, table
from deepartist.demo.clips import Clip, Corpus, derive_seed, divide, spread_artists, write_clip
from deepartist.demo.synthesise_corpus import PLANS, digest_folder, main, write_corpus
from deepartist.demo.synthesiser.artists import FILLS, draw_artist
from deepartist.demo.synthesiser.drums import KITS, Tuning, render_hit
from deepartist.demo.synthesiser.instruments import INSTRUMENTS, Instrument, render_note
from deepartist.demo.synthesiser.score import draw_song, write_out
from deepartist.demo.synthesiser.styles import (
    FMA_GENRES,
    GTZAN_GENRES,
    SCALES,
    SOURCE_STYLES,
    STYLES,
    TABLE_GENRES,
)
from deepartist.demo.synthesiser.synth import plan_song, render_song
from deepartist.demo.tags import TAGS, draw_tags
from deepartist.files.pickles import load_pickle
from deepartist.mels.clip import UnusableClip, read_clip
from deepartist.process.errors import InputError

SETTINGS = {"demo_songs": 8, "demo_artists": 32, "subset": "small"}


def hum(samples, hertz):
    """Power of a tone over its neighbourhood in the quiet moments of each: notes come and go."""
    windows = samples.reshape(60, 11_025) * np.hanning(11_025)
    power = np.abs(np.fft.rfft(windows, axis=1)) ** 2 + 1e-9  # bins of 2 Hz
    floor = np.percentile(power, 10, axis=0)
    centre = round(hertz / 2)
    return floor[centre] / max(
        floor[centre - 6 : centre - 3].max(), floor[centre + 4 : centre + 7].max()
    )


def likeness(a, b):
    """Largest normalised correlation over all shifts."""
    cross = np.fft.irfft(np.fft.rfft(a) * np.conj(np.fft.rfft(b)), len(a))
    return np.abs(cross).max() / np.sqrt((a**2).sum() * (b**2).sum())


# --- sounds


def test_a_note_has_its_pitch():
    instrument = Instrument(sustain=1.0)
    for pitch, hertz in ((69, 440.0), (57, 220.0), (81, 880.0)):
        spectrum = np.abs(np.fft.rfft(render_note(instrument, pitch, 1.0)[:22_050]))
        assert abs(spectrum.argmax() - hertz) <= 1


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_notes_are_finite_even_in_level_and_end_silent(name):
    levels = []
    for pitch in (36, 60, 84):
        note = render_note(INSTRUMENTS[name], pitch, 0.4)
        assert note.dtype == np.float32 and np.isfinite(note).all()
        assert abs(note[-1]) < 0.02 and np.abs(note).max() < 3
        levels.append(np.sqrt((note**2).mean()))
    assert max(levels) / min(levels) < 4


@pytest.mark.parametrize("kit", KITS)
def test_strokes_are_finite_heard_and_end_silent(kit):
    for voice in KITS[kit]:
        hit = render_hit(kit, voice, Tuning(), 0)
        assert np.isfinite(hit).all() and np.abs(hit).max() > 0.03 and abs(hit[-1]) < 1e-6
        assert not np.allclose(hit[:600], render_hit(kit, voice, Tuning(pitch=1.2), 1)[:600])


# --- styles


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES.keys())
def test_styles_name_only_what_exists(style):
    assert {*style.bass, *style.chords, *style.lead} <= set(INSTRUMENTS)
    assert {scale for pair in style.scales for scale in pair} <= set(SCALES)
    patterns = [*style.bass_patterns, *style.chord_patterns, *style.lead_patterns]
    assert {len(pattern) for pattern in patterns} == {16}
    assert set("".join(style.bass_patterns)) <= set(".rfotw?")
    assert set("".join(style.chord_patterns)) <= set(".xsbf01234?")
    assert set("".join(style.lead_patterns)) <= set(".x?")
    assert set("".join(style.progressions)) <= set("12345678")
    for pattern in (*style.drums, *FILLS):
        for part in filter(str.strip, pattern.split("|")):
            voice, steps = part.split()
            assert voice in KITS[style.kit]
            assert set(steps) <= set(".xXo?") and 16 % len(steps) == 0


def test_no_source_artist_plays_trot_ballad_or_kids():
    assert set(SOURCE_STYLES).isdisjoint({"trot", "ballad", "kids"})
    genres = {*GTZAN_GENRES.values(), *FMA_GENRES.values(), *TABLE_GENRES.values(), *SOURCE_STYLES}
    assert genres <= set(STYLES)
    assert (len(GTZAN_GENRES), len(FMA_GENRES), len(TABLE_GENRES)) == (10, 8, 8)


# --- scores


def written(style, artist_seed=1, song_seed=2):
    artist = draw_artist(style, artist_seed)
    rng = np.random.default_rng(song_seed)
    song = draw_song(artist, rng)
    return song, artist, *write_out(song, artist, 30.0, rng)


@pytest.mark.parametrize("style", STYLES)
def test_scores_keep_within_the_clip_and_the_registers(style):
    _, _, notes, strokes = written(style)
    assert len(notes) > 20
    assert all(0 <= event.onset_s < 30 for event in [*notes, *strokes])
    assert all(note.duration_s > 0 and 0 < note.velocity <= 1 for note in notes)
    assert all(26 <= note.pitch <= 52 for note in notes if note.part == "bass")
    assert all(40 <= note.pitch <= 110 for note in notes if note.part != "bass")


@pytest.mark.parametrize("style", ["pop", "folk", "classical", "reggae", "jazz"])
def test_chords_and_leads_agree_with_the_key(style):
    song, _, notes, _ = written(style)
    chords = {(note.pitch - song.key) % 12 for note in notes if note.part == "chords"}
    leads = {(note.pitch - song.key) % 12 for note in notes if "lead" in note.part}
    fifths = {(tone + 7) % 12 for tone in SCALES[song.chord_scale]}
    assert chords <= set(SCALES[song.chord_scale]) | fifths
    assert leads <= set(SCALES[song.chord_scale]) | set(SCALES[song.lead_scale])


def test_four_on_the_floor_keeps_the_tempo():
    artist = next(
        artist
        for artist in (draw_artist("electronic", seed) for seed in range(20))
        if all(pattern.startswith("kick x... ") for pattern in artist.drums) and artist.fill == ""
    )
    rng = np.random.default_rng(0)
    song = draw_song(artist, rng)
    _, strokes = write_out(song, artist, 30.0, rng)
    kicks = sorted(stroke.onset_s for stroke in strokes if stroke.voice == "kick")
    np.testing.assert_allclose(np.diff(kicks), 60 / song.tempo_bpm)


def test_swing_makes_the_off_beats_late():
    _, artist, _, strokes = written("blues")
    assert artist.swing > 0.6
    song = plan_song(artist, 2)
    beat_s = 60 / song.tempo_bpm
    cymbals = [s.onset_s for s in strokes if s.voice in ("ride", "hat")]
    places = [((onset + song.skipped_s) / beat_s) % 1 for onset in cymbals]
    off_beats = [place for place in places if 0.3 < place < 0.9]
    assert len(off_beats) > 10
    assert abs(np.mean(off_beats) - artist.swing) < 0.02


# --- songs


@pytest.mark.parametrize("style", STYLES)
def test_songs_are_clean(style):
    samples = render_song(draw_artist(style, 3), 4)
    assert samples.shape == (661_500,) and samples.dtype == np.float32
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() < 0.95
    assert abs(samples.mean()) < 1e-3
    assert samples.std() > 0.02
    quiet = np.abs(samples.reshape(30, -1)).max(axis=1)
    assert quiet.min() > 1e-4  # sound in every second
    assert hum(samples, 50) < 100 and hum(samples, 60) < 100


def test_a_hum_would_be_noticed():
    samples = render_song(draw_artist("folk", 3), 4)
    seconds = np.arange(len(samples)) / 22_050
    assert hum(samples + 0.005 * np.sin(2 * np.pi * 50 * seconds), 50) > 100


def test_a_song_is_the_same_every_time():
    artist = draw_artist("rock", 1)
    first = render_song(artist, 2).tobytes()
    render_song(draw_artist("jazz", 1), 2)  # whatever has been rendered meanwhile
    assert render_song(draw_artist("rock", 1), 2).tobytes() == first


def test_no_two_songs_are_alike():
    songs = [
        render_song(draw_artist(style, artist), song)
        for style, artist, song in (("pop", 1, 1), ("pop", 1, 2), ("pop", 2, 1), ("country", 1, 1))
    ]
    for a, b in itertools.combinations(songs, 2):
        assert likeness(a, b) < 0.5
    assert likeness(songs[0], songs[0]) == pytest.approx(1, abs=1e-3)


def test_the_gain_of_a_song_says_nothing_about_the_artist():
    artist = draw_artist("classical", 1)
    levels_db = [20 * np.log10(render_song(artist, song).std()) for song in range(8)]
    assert max(levels_db) - min(levels_db) > 5
    assert max(levels_db) - min(levels_db) < 16


def test_artists_of_a_style_differ_and_share_it():
    artists = [draw_artist("reggae", seed) for seed in range(6)]
    assert len({artist.lead for artist in artists}) == 6
    assert len({artist.tuning for artist in artists}) == 6
    for artist in artists:
        assert set(artist.drums) <= set(STYLES["reggae"].drums)
        low, high = STYLES["reggae"].tempo_bpm
        assert low <= artist.tempo_bpm <= high


# --- plans of corpora


@given(st.integers(1, 300))
def test_divide_leaves_no_part_empty(songs):
    sizes = divide(songs, (0.2, 0.3))
    assert sum(sizes) == songs and min(sizes) >= 0
    if songs >= 3:
        assert min(sizes) >= 1
    if songs >= 20:
        np.testing.assert_allclose(np.array(sizes) / songs, (0.5, 0.2, 0.3), atol=0.05)


@given(st.integers(1, 100), st.floats(1, 5), st.integers(0, 9))
def test_songs_are_spread_evenly_over_artists(songs, per_artist, first):
    artists = spread_artists(songs, per_artist, first)
    counts = np.bincount(np.array(artists) - first)
    assert len(artists) == songs and artists == sorted(artists) and artists[0] == first
    assert counts.max() - counts.min() <= 1


def test_corpora_share_neither_artists_nor_songs():
    plans = [PLANS[kind](name, SETTINGS).clips for kind in PLANS for name in ("one", "two")]
    for seeds in (
        [{clip.artist_seed for clip in clips} for clips in plans],
        [{clip.song_seed for clip in clips} for clips in plans],
    ):
        assert len(set.union(*seeds)) == sum(map(len, seeds))
    for clips in plans:
        assert len({clip.song_seed for clip in clips}) == len(clips)
        assert len({clip.path for clip in clips}) == len(clips)


def test_seeds_depend_on_the_parts_only():
    assert derive_seed("msd", 1, 2) == derive_seed("msd", 1, 2) == 5962399135556538087
    assert derive_seed("msd", 12) != derive_seed("msd", 1, 2)


def test_gtzan_lists_name_each_clip_once_and_keep_artists_apart():
    corpus = gtzan.plan("g", {"demo_songs": 10})
    lists = yaml.safe_load(corpus.lists["lists.yaml"])
    listed = gtzan_set.list_clips(lists)
    assert [sum(split == s for s, _, _ in listed) for split in ("train", "valid", "test")] == [
        50, 20, 30,
    ]  # fmt: skip
    clip_of = {clip.path: clip for clip in corpus.clips}
    paths = {f"genres/{g}/{g}.{n:05d}.wav": split for split, g, n in listed}
    assert set(paths) == set(clip_of) and len(paths) == len(listed) == 100
    artists = {split: set() for split in lists}
    for path, split in paths.items():
        artists[split].add(clip_of[path].artist_seed)
    assert len(set.union(*artists.values())) == sum(map(len, artists.values()))
    assert len(artists["train"]) == 20


def test_fma_table_has_the_headers_of_the_real_one():
    corpus = fma.plan("f", SETTINGS)
    content = corpus.lists["fma_metadata/tracks.csv"]
    header = content.decode().splitlines()[:3]
    assert header[0].startswith(",album,") and header[2] == "track_id" + "," * 9
    tracks = pd.read_csv(io.BytesIO(content), index_col=0, header=[0, 1])
    assert tracks.index.name == "track_id" and tracks.index.is_monotonic_increasing
    assert len(tracks) == 8 * 8 + 2
    whole = tracks[[clip.duration_s == 30 for clip in corpus.clips]]
    assert (whole["track", "genre_top"].value_counts() == 8).all()
    assert whole["set", "split"].value_counts().to_dict() == {
        "training": 48, "validation": 8, "test": 8,
    }  # fmt: skip
    assert (tracks.groupby(("artist", "id"))[[("set", "split")]].nunique() == 1).all(axis=None)
    assert (tracks["album", "id"] == -1).any()
    assert sorted(clip.duration_s for clip in corpus.clips)[:3] == [0, 1, 30]
    assert any(clip.stereo for clip in corpus.clips)


@pytest.mark.parametrize("subset", fma_set.SUBSETS)
def test_fma_subsets_are_where_the_loader_looks(tmp_path, subset):
    corpus = fma.plan("f", {"demo_songs": 3, "subset": subset})
    for name, content in corpus.lists.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(content)
    (tmp_path / f"fma_{subset}").mkdir()
    manifest = fma_set.load(str(tmp_path), subset)
    assert set(manifest["path"]) == {f"{tmp_path.as_posix()}/{clip.path}" for clip in corpus.clips}


def test_msd_lists_are_those_of_the_real_set():
    corpus = msd.plan("m", SETTINGS)
    lists = {name: pickle.loads(data) for name, data in corpus.lists.items() if name[-1] in "lP"}
    entries = [entry.split("/") for entry in lists["msd-artist-list.pkl"]]
    assert [(int(a), int(s)) for _, a, s in entries] == [
        (artist, song) for artist in range(32) for song in range(1, 9)
    ]
    paths = lists["7D_id_to_path.pkl"]
    assert set(paths.values()) == {clip.path for clip in corpus.clips} and len(paths) == 256
    assert all(path == f"{i[0]}/{i[1]}/{i}.clip.mp3" for i, path in paths.items())
    track_ids = lists["MSD_id_to_7D_id.pkl"]
    assert set(track_ids.values()) == set(paths)
    assert all(re.fullmatch(r"TR[A-Z]{5}[0-9A-F]{11}", track_id) for track_id in track_ids)
    train, test = lists["filtered_list_train.cP"], lists["filtered_list_test.cP"]
    assert set(train) | set(test) == set(track_ids) and set(train).isdisjoint(test)
    assert len(train) == round(0.9 * 256)
    vectors = lists["msd_id_to_tag_vector.cP"]
    assert set(vectors) == set(track_ids)
    assert {(vector.shape, vector.dtype.kind) for vector in vectors.values()} == {((50,), "b")}
    used = sum(vectors.values())
    assert (used > 0).sum() >= 45 and 2 < used.sum() / len(vectors) < 12
    assert len(corpus.lists["50tagList.txt"].decode().splitlines()) == 50
    assert len({clip.style for clip in corpus.clips}) == len(SOURCE_STYLES)
    names = [
        line.split("<SEP>") for line in corpus.lists["unique_tracks.txt"].decode().splitlines()
    ]
    assert [fields[0] for fields in names] == list(track_ids)
    assert len({song_id for _, song_id, _, _ in names}) == 256
    assert all(re.fullmatch(r"SO[A-Z]{5}[0-9A-F]{11}", song_id) for _, song_id, _, _ in names)
    artists = [artist for _, _, artist, _ in names]
    assert len(set(artists)) == 32 and all(artists[::8][n // 8] == a for n, a in enumerate(artists))


def test_more_msd_artists_leave_the_first_as_they_are():
    few, more = (
        [
            (clip.style, clip.artist_seed, clip.song_seed)
            for clip in msd.plan("msd", {"demo_songs": 2, "demo_artists": artists}).clips
        ]
        for artists in (20, 70)
    )
    assert more[:40] == few
    assert len(set(more)) == 140 and len({artist for _, artist, _ in more}) == 70
    assert len({style for style, _, _ in few}) > len(SOURCE_STYLES) / 2


def test_msd_tags_suffice_for_a_tag_set_of_fewer_artists():
    artists, songs = 8, 8  # of each artist one song is held out
    corpus = msd.plan("msd", {"demo_songs": songs, "demo_artists": artists + 2})
    lists = {name: pickle.loads(data) for name, data in corpus.lists.items() if name[-1] in "lP"}
    clip_id_of = lists["MSD_id_to_7D_id.pkl"]
    entries = [entry.split("/") for entry in lists["msd-artist-list.pkl"]]
    held_out = {i for i, artist, song in entries if int(artist) < artists and int(song) == songs}
    listed = {clip_id_of[track_id] for track_id in lists["filtered_list_train.cP"]}
    assert all(lists["msd_id_to_tag_vector.cP"][track_id].any() for track_id in clip_id_of)
    assert len(held_out) == artists
    assert len(listed - held_out) >= artists * (songs - 1)


def test_tags_fit_the_style_more_often_than_not():
    assert len(TAGS) == len(set(TAGS)) == 50 and "" not in TAGS
    artist = draw_artist("jazz", 1)
    drawn = np.array([draw_tags(artist, plan_song(artist, s), s) for s in range(200)]).mean(axis=0)
    by_tag = dict(zip(TAGS, drawn, strict=True))
    assert 0.75 < by_tag["jazz"] < 0.95
    assert by_tag["metal"] < 0.05


def test_table_holds_what_csv_readers_stumble_over():
    corpus = table.plan("t", {"demo_songs": 7})
    rows = list(csv.DictReader(io.StringIO(corpus.lists["clips.csv"].decode())))
    assert list(rows[0]) == ["path", "artist", "title", "genre"]
    assert [row["path"] for row in rows] == [clip.path for clip in corpus.clips]
    text = " ".join(row["artist"] + row["title"] for row in rows)
    assert re.search("[가-힣]", text) and '"' in text and "," in text
    frame = pd.DataFrame(rows)
    assert (frame["genre"].value_counts() == 7).all() and frame["genre"].nunique() == 8
    per_artist = frame.groupby("artist").agg(songs=("path", "size"), genres=("genre", "nunique"))
    assert set(per_artist["songs"]) == {3, 4} and set(per_artist["genres"]) == {1}


# --- files


@pytest.mark.parametrize(
    ("name", "stereo", "expected"),
    [
        ("a.mp3", False, ("MP3", 22_050, 1)),
        ("a.mp3", True, ("MP3", 44_100, 2)),
        ("a.wav", False, ("WAV", 22_050, 1)),
        ("a.flac", False, ("FLAC", 22_050, 1)),
    ],
)
def test_clips_have_their_format_and_the_same_bytes(tmp_path, name, stereo, expected):
    clip = Clip(f"x/{name}", "pop", 1, 2, stereo=stereo, duration_s=4)
    write_clip(clip, tmp_path / "1")
    write_clip(clip, tmp_path / "2")
    info = soundfile.info(tmp_path / "1" / clip.path)
    assert (info.format, info.samplerate, info.channels) == expected
    assert info.duration == pytest.approx(4, abs=0.01)
    assert digest_folder(tmp_path / "1") == digest_folder(tmp_path / "2")
    sound = soundfile.read(tmp_path / "1" / clip.path, always_2d=True)[0]
    assert np.abs(sound).max() < 1 and sound.std() > 0.01


def test_a_corpus_replaces_an_older_one_and_does_not_depend_on_the_jobs(tmp_path):
    clips = [Clip(f"{n}.flac", "kids", n % 2, n, duration_s=1) for n in range(3)]
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "old.txt").write_text("old")
    write_corpus(Corpus(clips, {"list.txt": b"list"}), tmp_path / "one", jobs=1)
    write_corpus(Corpus(clips, {"list.txt": b"list"}), tmp_path / "two", jobs=2)
    names = {path.name for path in (tmp_path / "one").iterdir()}
    assert names == {"0.flac", "1.flac", "2.flac", "list.txt"}
    assert digest_folder(tmp_path / "one") == digest_folder(tmp_path / "two")
    (tmp_path / "two" / "list.txt").rename(tmp_path / "two" / "lists.txt")
    assert digest_folder(tmp_path / "one") != digest_folder(tmp_path / "two")
    assert {path.name for path in tmp_path.iterdir()} == {"one", "two"}


@pytest.mark.parametrize(
    ("kind", "words", "complaint"),
    [
        ("gtzan", [], "demo_songs: missing"),
        ("gtzan", ["demo_songs=0"], "demo_songs"),
        ("gtzan", ["demo_artists=4"], "unknown key"),
    ],
)
def test_wrong_settings_are_said(tmp_path, kind, words, complaint):
    out = ["--dataset", "x", "--out", str(tmp_path / "t"), "--corpus", str(tmp_path / "c.json")]
    with pytest.raises(InputError, match=re.escape(complaint)):
        main([kind, *out, "--set", *words])
    assert not list(tmp_path.iterdir())


def synthesise(folder, kind, *words):
    tree, record_path = folder / "tree", folder / "corpus.json"
    paths = ["--out", str(tree), "--corpus", str(record_path)]
    main([kind, "--dataset", "tiny", *paths, "--jobs", "2", "--set", *words])
    record = json.loads(record_path.read_text())
    assert (record["dataset"], record["kind"]) == ("tiny", kind)
    assert record["digest"] == digest_folder(tree)
    return tree, record["clips"]


def failures(manifest):
    """Read all clips of a manifest; return the ids and reasons of those that cannot be used."""
    failed = {}
    for clip_id, path in zip(manifest["clip_id"], manifest["path"], strict=True):
        try:
            assert len(read_clip(path)) == 1291
        except UnusableClip as reason:
            failed[clip_id] = str(reason)
    return failed


@pytest.mark.slow
def test_gtzan_loader_reads_the_corpus(tmp_path):
    tree, clips = synthesise(tmp_path, "gtzan", "demo_songs=3")
    manifest = gtzan_set.load(str(tree), str(tree / "lists.yaml"))
    assert len(manifest) == clips == 30 and not failures(manifest)
    assert (manifest.groupby("genre")["split"].nunique() == 3).all()


@pytest.mark.slow
def test_fma_loader_reads_the_corpus_and_finds_the_broken_clips(tmp_path):
    tree, clips = synthesise(tmp_path, "fma", "demo_songs=3")
    manifest = fma_set.load(str(tree))
    assert len(manifest) == clips == 26
    reasons = sorted(failures(manifest).values())
    assert len(reasons) == 2 and reasons[0] == "empty file" and "too short" in reasons[1]
    assert set(manifest["split"]) == {"train", "valid", "test"}


@pytest.mark.slow
def test_msd_loader_reads_the_corpus(tmp_path):
    tree, clips = synthesise(tmp_path, "msd", "demo_songs=2", "demo_artists=4")
    manifest = msd_set.load(str(tree))
    assert len(manifest) == clips == 8 and not failures(manifest)
    assert manifest["artist_id"].value_counts().tolist() == [2] * 4
    assert manifest.groupby("artist_id")["artist"].nunique().tolist() == [1] * 4
    assert manifest["artist"].nunique() == 4 and (manifest["title"] != "").all()
    assert (manifest["tags"] != "").all()
    for name in ("msd-artist-list.pkl", "msd_id_to_tag_vector.cP"):
        assert len(load_pickle(tree / name)) > 0


@pytest.mark.slow
def test_table_loader_reads_the_corpus(tmp_path):
    tree, clips = synthesise(tmp_path, "table", "demo_songs=1")
    manifest = table_set.load(str(tree / "clips.csv"))
    assert len(manifest) == clips == 8 and not failures(manifest)
    assert 'The "Late", Late Band' in set(manifest["artist"])
    assert set(manifest["split"]) == {""}
