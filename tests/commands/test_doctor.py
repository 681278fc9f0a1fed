"""The command `deepartist doctor`, on data sets with all that can be wrong with them."""

import json
import shutil

import numpy as np
import pytest
import soundfile

from command_line import run_command
from samples import write_msd, write_pickles


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command; return exit code, what it printed, and what went to stderr."""
    return lambda *words: run_command(["doctor", *words], monkeypatch, capsys)


@pytest.fixture
def examine(data, run):
    """Run the command on the data; return exit code and the findings that are not ok."""

    def call(*words):
        code, out, _ = run(data.write(), "--json", *words)
        findings = json.loads(out)
        return code, [f for f in findings if f["level"] in ("warning", "error")]

    return call


def test_data_that_is_right(data, run):
    code, out, _ = run(data.write())
    assert code == 0
    assert out.splitlines()[-1] == "ok: 9, note: 2, warning: 0, error: 0"
    assert "source    artist sets      3 artists with 4 songs, 3 asked for" in out


def test_data_that_is_right_by_its_sound_too(examine):
    assert examine("--deep") == (0, [])


def check_one(findings, dataset, check, level):
    (finding,) = findings
    assert (finding["dataset"], finding["check"], finding["level"]) == (dataset, check, level)
    assert finding["count"] == 1
    return finding["message"]


def test_a_missing_file(data, examine):
    data.add("target", "new", "jazz", "train").unlink()
    code, findings = examine()
    check_one(findings, "target", "files", "warning")
    assert code == 0


def test_more_bad_files_than_a_run_allows(data, examine):
    data.add("target", "new", "jazz", "train").write_bytes(b"")
    data.config["max_failed_fraction"] = 0.01
    code, findings = examine()
    message = check_one(findings, "target", "files", "error")
    assert code == 1
    assert "empty file (0 bytes): 1 of 25 clips" in message


def test_where_all_clips_are_gone_the_lists_are_still_looked_at(data, examine):
    shutil.rmtree(data.folder / "source")
    shutil.rmtree(data.folder / "target")
    data.config["artists"]["count"] = 4
    for words in ([], ["--deep"]):
        _, findings = examine(*words)
        assert [(f["dataset"], f["check"], f["count"]) for f in findings] == [
            ("source", "files", 12),
            ("source", "artist sets", 3),
            ("target", "files", 24),
        ]


def test_a_copy_of_a_song_of_the_source(data, examine):
    path = data.add("target", "new", "jazz", "train")
    shutil.copy(data.folder / data.rows["source"][0][0], path)
    for words in ([], ["--deep"]):
        code, findings = examine(*words)
        check_one(findings, "target", "same file", "error")
        assert code == 1


def test_a_song_of_the_source_encoded_again_is_found_by_its_sound(data, examine):
    song, rate_hz = soundfile.read(data.folder / data.rows["source"][0][0])
    soundfile.write(data.add("target", "new", "jazz", "train", name="new.mp3"), song, rate_hz)
    assert examine() == (0, [])
    code, findings = examine("--deep")
    message = check_one(findings, "target", "same sound", "error")
    assert code == 1
    assert "new.mp3 = " in message


def test_clips_that_only_decoding_can_judge(data, examine):
    data.config["max_failed_fraction"] = 0.5
    silent = data.add("target", "new", "jazz", "train")
    soundfile.write(silent, np.zeros(80_000), 22_050)
    data.add("target", "new", "jazz", "train").write_bytes(b"no sound" * 10_000)
    data.add("target", "new", "jazz", "train", seconds=2.9)
    data.add("target", "new", "jazz", "train", rate_hz=8_000)
    assert examine() == (0, [])
    code, findings = examine("--deep")
    assert code == 0
    assert [(f["check"], f["level"], f["count"]) for f in findings] == [
        ("sound", "warning", 1),
        ("sound", "warning", 1),
        ("sound", "warning", 1),
        ("sample rate", "warning", 1),
    ]
    texts = [finding["message"].split(":")[0] for finding in findings[:3]]
    assert texts == ["cannot be decoded", "silent", "too short"]


def test_clips_that_cannot_be_used_are_no_songs_of_their_artist(data, examine):
    soundfile.write(data.folder / data.rows["source"][0][0], np.zeros(80_000), 22_050)
    data.config["max_failed_fraction"] = 0.5
    assert examine() == (0, [])
    _, findings = examine("--deep")
    assert [(f["check"], f["count"]) for f in findings] == [("sound", 1), ("artist sets", 2)]


def test_artists_of_a_published_list_who_have_too_few_usable_clips(data, examine):
    rows = data.rows["source"]
    lists = write_msd(data.folder)
    lists["msd-artist-list.pkl"] = [f"{n}/{n // 4}/{n % 4 + 1}" for n in range(len(rows))]
    lists["7D_id_to_path.pkl"] |= {str(n): str(row[0]) for n, row in enumerate(rows)}
    write_pickles(data.folder, lists)
    data.config["datasets"]["source"] = {"kind": "msd", "path": "$DATA"}
    data.config["max_failed_fraction"] = 1
    (data.folder / rows[0][0]).write_bytes(b"")
    soundfile.write(data.folder / rows[4][0], np.zeros(80_000), 22_050)
    for words, message in (
        ([], "1 artist with fewer than two songs to train on"),
        (["--deep"], "artists that have two songs to train on with a usable clip: 1 of 3; two"),
    ):
        _, findings = examine(*words)
        (found,) = [f for f in findings if f["check"] == "artist sets"]
        assert found["level"] == ("error" if words else "warning")
        assert found["message"].startswith(message)
    data.config["artists"]["songs_train"], data.config["artists"]["songs_test"] = 3, 0
    assert not [f for f in examine("--deep")[1] if f["check"] == "artist sets"]


def test_an_artist_of_the_source_spelt_otherwise(data, examine):
    data.add("target", " ｓource  1", "jazz", "train")
    code, findings = examine()
    check_one(findings, "target", "shared artists", "warning")
    assert code == 0


def test_a_run_that_trains_on_no_artist_of_a_target_needs_others(data, examine):
    data.add("target", "SOURCE 1", "jazz", "train")
    data.config["artists"]["without_targets"] = True
    code, findings = examine()
    assert code == 1
    assert [(f["check"], f["level"], f["count"]) for f in findings] == [("artist sets", "error", 2)]


def test_no_song_is_held_out_of_artists_that_models_are_kept_from(data, run):
    for artist in range(5):
        for _ in range(3 if artist < 3 else 7):  # each has seven songs then
            data.add("source", f"Source {artist}")
    data.add("source", "Source 0")
    data.add("source", "Source 3")
    for artist in (0, 3):
        data.add("target", f"SOURCE {artist}", "jazz", "train")
    data.config["artists"]["without_targets"] = True
    held_out = {"label": "artist", "held_out": True, "train_fraction": 0.5, "valid_fraction": 0.2}
    data.config["targets"]["source"] = held_out
    code, out, _ = run(data.write())
    assert code == 0
    assert "3 artists with 4 songs, 3 asked for" in out
    # the artists that are left have four songs each beside those of training and validation
    assert "3 artists with 4 songs each" in out


@pytest.mark.parametrize(
    ("name", "other"),
    [("Blink-182", "Blink\u2010182"), ("N'Sync", "N\u2019Sync"), ("Björk", "\ufeffBjo\u0308rk")],
)
def test_spellings_of_an_artist_on_both_sides_of_the_test_are_one(data, examine, name, other):
    data.add("target", name, "jazz", "train")
    data.add("target", other, "jazz", "test")
    _, findings = examine()
    check_one(findings, "target", "divided artists", "error")


def test_artists_and_labels_that_may_be_one_are_named(data, run):
    for artist, genre in (
        ("Beatles", "Hip-Hop"),
        ("The Beatles", "Hip Hop"),
        ("Beatels", "Hip-Hop"),
    ):
        data.add("target", artist, genre, "train")
        data.add("target", artist, genre, "train")
    code, out, _ = run(data.write(), "--json")
    found = [f for f in json.loads(out) if f["check"] == "look-alikes"]
    assert code == 0
    assert [(f["dataset"], f["level"], f["count"]) for f in found] == [
        ("target", "warning", 1),
        ("target", "note", 1),
        ("target", "warning", 1),
    ]
    for finding, names in zip(found, ("Beatles The", "Beatels Beatles", "Hip"), strict=True):
        assert all(name in finding["message"] for name in names.split())


def test_it_is_a_note_of_how_many_songs_the_artist_is_guessed(data, run):
    (data.folder / "source" / "Folder").mkdir()
    for i, row in enumerate(data.rows["source"]):
        (data.folder / row[0]).rename(data.folder / "source" / "Folder" / f"{i}.wav")
    data.config["datasets"]["source"] = {"kind": "library", "path": "$DATA/source"}
    _, out, _ = run(data.write(), "--json")
    (found,) = [f for f in json.loads(out) if "guessed" in f["message"]]
    assert (found["dataset"], found["level"], found["count"]) == ("source", "note", 12)


def test_an_artist_on_both_sides_of_the_test(data, examine):
    data.add("target", "Someone", "jazz", "train")
    data.add("target", "SOMEONE", "jazz", "test")
    code, findings = examine()
    check_one(findings, "target", "divided artists", "error")
    assert code == 1


def test_a_genre_of_one_song(data, examine):
    data.add("target", "new", "polka", "test")
    code, findings = examine()
    uneven, few = findings
    assert code == 0
    assert "3 genres with 1 ('polka') to 12 songs" in uneven["message"]
    assert few["level"] == "warning"


def test_a_target_that_cannot_be_labelled(data, examine):
    data.add("target", "new", "jazz", "")
    code, findings = examine()
    assert code == 1
    assert [(f["check"], f["level"]) for f in findings] == [("labels", "error")]
    assert "1 of the target's 25 labelled songs have no split" in findings[0]["message"]


def test_a_loader_that_refuses_leaves_the_other_data_sets_looked_at(data, examine):
    data.rows["source"] = [("source/../../0.wav", "Source", "", "")]
    data.add("target", "new", "jazz", "train").unlink()
    code, findings = examine()
    assert code == 1
    assert [(f["dataset"], f["check"]) for f in findings] == [
        ("source", "loader"),
        ("target", "files"),
    ]


def test_held_out_songs_of_a_folder_of_music(data, run):
    shutil.rmtree(data.folder / "target")
    for i, row in enumerate(data.rows["source"]):  # without tags, the folder names the artist
        artist = data.folder / "source" / row[1]
        artist.mkdir(exist_ok=True)
        (data.folder / row[0]).rename(artist / f"{i}.wav")
    for artist in ("Source 0", "Source 1", "Source 2"):
        for _ in range(4):
            data.add("source", name=f"{artist}/{data.number}.wav")
        (data.folder / "source" / artist / "notes.txt").write_text("no audio file")
    shutil.copy(data.folder / "source/Source 0/0.wav", data.folder / "source/Source 0/copy.wav")
    data.config["datasets"] = {"source": {"kind": "library", "path": "$DATA/source"}}
    data.config["targets"] = {"source": {"label": "artist", "held_out": True}}
    data.config["targets"]["source"] |= {"train_fraction": 0.5, "valid_fraction": 0.2}
    code, out, _ = run(data.write())
    assert code == 0
    assert "all 24 clips are there" in out
    assert "1 file left out, equal to another" in out
    assert "3 artists with 5 songs each" in out
    assert "songs: 6 train, 3 valid, 6 test" in out


def test_control_characters_in_names_are_escaped(data, run):
    data.add("target", "new", "polka\u202e\u2028", "train")
    code, out, _ = run(data.write())
    assert code == 0
    assert r"polka\u202e" in out
    assert "\u202e" not in out and "\u2028" not in out


def test_what_a_run_synthesises_is_not_looked_at(data, run):
    data.config["datasets"]["target"] = {"kind": "table", "demo_songs": 12}
    code, out, _ = run(data.write())
    assert code == 0
    assert "synthesised by the run: nothing to check before it" in out
    assert "all 12 clips are there" in out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "config.yaml: not a config file (No such file or directory)"),
        (b"\xff", "config.yaml: not a config file ("),
        (b"a: [", "config.yaml: not a config file (while parsing"),
        (b"a: 2020-13-45", "config.yaml: not a config file (month must be"),
        (b"[" * 500, "config.yaml: not a config file ("),
        (b"- datasets", "config.yaml: not a config file; it needs datasets"),
        (b"", "config.yaml: not a config file; it needs datasets"),
        (b"source: fma", "config: datasets: missing; it is required"),
    ],
)
def test_a_config_that_is_missing_or_wrong(tmp_path, run, text, message):
    path = tmp_path / "config.yaml"
    if text is not None:
        path.write_bytes(text)
    code, out, line = run(path, "--json")
    assert (code, out) == (1, "")
    assert line.startswith("error: config: ")
    assert message in line
    assert "\n" not in line
