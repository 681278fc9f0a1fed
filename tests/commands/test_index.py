"""`deepartist index`, `similar` and `identify` on a collection: growing, interrupted, asked."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch

import deepartist
from collection import make_model, write_collection, write_song
from deepartist.commands import index
from deepartist.library import identify as identify_module
from deepartist.library import store, update
from deepartist.library.store import count_parts, read_songs
from deepartist.models.precision import set_precision
from deepartist.process.locks import locking


@pytest.fixture
def music(tmp_path):
    return write_collection(tmp_path / "music")


@pytest.fixture
def model(tmp_path):
    return make_model(tmp_path / "model")


def assert_alike(library, other):
    """Two libraries hold the same songs; vectors may differ by rounding."""
    (songs, vectors), (others, other_vectors) = read_songs(library), read_songs(other)
    assert songs == others
    for name, values in vectors.items():
        np.testing.assert_allclose(values, other_vectors[name], atol=1e-4)


@pytest.fixture
def decoded(monkeypatch):
    """The files that were decoded."""
    files = []
    real = update.read_clip

    def noted(path, excerpt):
        files.append(path.name)
        return real(path, excerpt)

    monkeypatch.setattr(update, "read_clip", noted)
    return files


def test_a_library_grows_and_equals_a_fresh_one(run, music, model, tmp_path, decoded):
    library = tmp_path / "library"
    code, out, err = run("index", music, "--model", model, "-o", library, "--device", "cpu")
    assert (code, out) == (0, "")
    assert "6 songs, 2 files left out; 8 new or changed, 8 of them decoded, 0 gone" in err
    assert f"left out: {music}/empty.mp3: empty file" in err
    assert len(decoded) == 8

    decoded.clear()
    code, _, err = run("index", music, "-o", library)  # the model is that of the library
    assert "6 songs, 2 files left out; 0 new or changed, 0 of them decoded, 0 gone" in err
    assert decoded == []

    write_song(music / "new.flac", 20, artist="D", title="New")
    (music / "moved").mkdir()
    (music / "A/0.flac").rename(music / "moved/zero.flac")
    (music / "B/1.flac").write_bytes(b"damaged")
    (music / "C/2.flac").unlink()
    code, _, err = run("index", music, "-o", library)
    assert "5 songs, 3 files left out; 3 new or changed, 2 of them decoded, 2 gone" in err
    assert sorted(decoded) == ["1.flac", "new.flac"]
    run("index", music, "--model", model, "-o", tmp_path / "fresh")
    assert_alike(library, tmp_path / "fresh")


def test_an_interrupted_indexing_goes_on(run, music, model, tmp_path, decoded, monkeypatch):
    library = tmp_path / "library"
    monkeypatch.setattr(index, "SAVE_EVERY_SONGS", 2)
    for kills in (1, 2, 3):
        with monkeypatch.context() as patched:
            write_part = store.write_part

            def write_and_die(*arguments, write_part=write_part):
                write_part(*arguments)
                raise KeyboardInterrupt

            patched.setattr(store, "write_part", write_and_die)
            code, _, _ = run("index", music, "--model", model, "-o", library)
            assert code
        assert len(read_songs(library)[0]) == 2 * kills
    decoded.clear()
    _, _, err = run("index", music, "-o", library)
    assert len(decoded) == 2
    assert "6 songs, 2 files left out; 2 new or changed, 2 of them decoded" in err
    run("index", music, "--model", model, "-o", tmp_path / "fresh")
    assert_alike(library, tmp_path / "fresh")


def test_a_folder_is_added_and_others_are_kept(run, music, model, tmp_path):
    library = tmp_path / "library"
    run("index", music / "A", "--model", model, "-o", library)
    _, _, err = run("index", music / "B", "-o", library)
    assert "4 songs, 0 files left out; 2 new or changed, 2 of them decoded, 0 gone" in err


def test_models_are_not_mixed(run, music, model, tmp_path):
    library = tmp_path / "library"
    run("index", music, "--model", model, "-o", library)
    other = make_model(tmp_path / "other", seed=1)
    code, _, err = run("index", music, "--model", other, "-o", library)
    assert code == 1
    assert "holds vectors of" in err and "cannot be compared" in err
    code, _, err = run("index", music, "--excerpt", "start", "-o", library)
    assert code == 1
    assert "vectors of the excerpt 'middle' of the files, not of 'start'" in err
    code, _, err = run("index", music, "-o", tmp_path / "none")
    assert code == 1
    assert "--model is missing" in err
    assert not (tmp_path / "none").exists()


def test_whole_songs_can_be_embedded(run, model, tmp_path):
    library, loaded = tmp_path / "library", deepartist.load(model, "cpu")
    for number in range(3):
        write_song(
            tmp_path / "music" / f"{number}.flac", number, seconds=40, title=f"Song {number}"
        )
    run("index", tmp_path / "music", "--model", model, "--whole", "-o", library)
    songs, vectors = read_songs(library)
    for song, vector in zip(songs, vectors["embedding"], strict=True):
        segments, _ = loaded.embed_segments(song.path)
        assert len(segments) == 13
        mean = segments.mean(axis=0)
        np.testing.assert_allclose(vector, mean / np.linalg.norm(mean), atol=1e-4)
        whole = loaded.embed(song.path, excerpt="whole")
        np.testing.assert_allclose(vector, whole / np.linalg.norm(whole), atol=1e-4)
    run("index", tmp_path / "music", "-o", library)  # that of the library, and nothing to do
    shutil.copy(tmp_path / "music" / "1.flac", tmp_path / "outside.flac")
    _, out, _ = run("similar", tmp_path / "outside.flac", "-l", library, "-n", 1, "--json")
    assert json.loads(out)[0]["similarity"] == pytest.approx(1, abs=1e-4)
    code, _, err = run("index", tmp_path / "music", "--excerpt", "middle", "-o", library)
    assert code == 1
    assert "vectors of the excerpt 'whole' of the files, not of 'middle'" in err


def test_a_second_command_waits_for_the_first(run, music, model, tmp_path):
    library = tmp_path / "library"
    library.mkdir()
    words = ["index", str(music), "--model", str(model), "-o", str(library)]
    with locking(library / ".lock"):
        second = subprocess.Popen(
            [sys.executable, "-m", "deepartist.cli", *words], stderr=subprocess.PIPE, text=True
        )
        said = ""
        while "waiting" not in said:
            said = second.stderr.readline()
            assert said, "it ended"
        assert f"{library}: is being indexed by another process; waiting for it" in said
        assert count_parts(library) == 0
    assert "6 songs, 2 files left out" in second.communicate()[1]
    assert second.returncode == 0


def test_what_embeds_computes_with_full_precision(run, music, model, tmp_path):
    library = tmp_path / "library"
    shutil.copy(music / "A/0.flac", tmp_path / "copy.flac")  # not in the library, so embedded
    for words in (
        ("index", music, "--model", model, "-o", library, "--device", "cpu"),
        ("similar", tmp_path / "copy.flac", "-l", library),
        ("identify", tmp_path / "copy.flac", "-l", library),
    ):
        set_precision("tf32")
        code, _, err = run(*words)
        assert code == 0, err
        assert torch.backends.cudnn.conv.fp32_precision == "ieee", words[0]
        assert torch.backends.cuda.matmul.fp32_precision == "ieee", words[0]


# similar


@pytest.fixture
def library(run, music, model, tmp_path):
    run("index", music, "--model", model, "-o", tmp_path / "library")
    return tmp_path / "library"


def similar(run, library, *words):
    code, out, err = run("similar", *words, "-l", library, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_the_nearest_songs_are_those_of_an_independent_computation(run, library, music):
    songs, vectors = read_songs(library)
    for name in ("embedding", "multilevel"):
        rows = [row for row, song in enumerate(songs) if not song.left_out]
        unit = vectors[name][rows].astype(np.float64)
        unit /= np.linalg.norm(unit, axis=1, keepdims=True)
        cosines = unit @ unit[0]
        order = [row for row in np.argsort(-cosines) if row != 0]
        found = similar(run, library, songs[rows[0]].path, "--max-per-artist", 0, "--vectors", name)
        assert [song["path"] for song in found] == [songs[rows[row]].path for row in order]
        assert [s["similarity"] for s in found] == pytest.approx(cosines[order].tolist(), abs=1e-5)


def test_words_a_file_in_the_library_and_a_copy_of_it_give_the_same(run, library, music, tmp_path):
    shutil.copy(music / "A/0.flac", tmp_path / "copy.flac")
    by_words = similar(run, library, "song 0")
    by_path = similar(run, library, music / "A/0.flac")
    assert by_words == by_path
    by_copy = similar(run, library, tmp_path / "copy.flac", "--max-per-artist", 0)
    assert by_copy[0]["path"] == str(music / "A/0.flac")
    assert by_copy[0]["similarity"] == pytest.approx(1, abs=1e-4)


def test_limits_hold(run, library):
    artists = [song["artist"] for song in similar(run, library, "song 0", "--max-per-artist", 1)]
    assert sorted(artists) == ["A", "B", "C"]
    found = similar(run, library, "song 0", "--max-per-artist", 0, "--exclude-same-album")
    assert sorted({song["artist"] for song in found}) == ["B", "C"]
    assert len(similar(run, library, "song 0", "-n", 2)) == 2
    several = similar(run, library, "song 0", "song 1", "--max-per-artist", 0)
    assert {song["title"] for song in several} == {f"Song {n}" for n in (2, 3, 4, 5)}


def test_a_path_leads_from_one_song_to_another(run, library):
    found = similar(run, library, "song 0", "--to", "song 4", "-n", 4)
    assert (found[0]["title"], found[-1]["title"]) == ("Song 0", "Song 4")
    assert len({song["path"] for song in found}) == len(found) == 4


def test_a_table_and_a_playlist(run, library, music, tmp_path):
    playlist = tmp_path / "mix.m3u8"
    code, out, _ = run("similar", "song 0", "-l", library, "-n", 3, "--playlist", playlist)
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split() == ["similarity", "artist", "title", "album"]
    assert len(lines) == 4
    listed = [line for line in playlist.read_text().splitlines() if not line.startswith("#")]
    assert listed[0] == "music/A/0.flac"  # the song itself comes first
    assert len(listed) == 4
    assert all((tmp_path / line).is_file() for line in listed)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nothing like it"], "no such file, and no song of the library has these words"),
        (["album"], "6 songs have these words: A – Song 0 ("),
        (["song 0", "--to", "song 0"], "--to: needs two different songs"),
        (["song 0", "-n", "0"], "-n: must be at least 1"),
    ],
)
def test_what_cannot_be_answered_is_said_in_one_line(run, library, words, message):
    code, out, err = run("similar", *words, "-l", library)
    assert (code, out) == (1, "")
    assert message in err
    assert err.count("\n") <= 1


def test_a_terminal_is_not_moved_by_a_title(run, music, model, tmp_path):
    write_song(music / "evil.flac", 30, artist="E", title="\x1b[2Jgone\r\n")
    run("index", music, "--model", model, "-o", tmp_path / "library")
    _, out, _ = run("similar", "song 0", "-l", tmp_path / "library", "--max-per-artist", 0)
    assert "[2Jgone" in out
    assert not set(out) & {"\x1b", "\r"}


# identify


def test_identify_names_artists_and_says_how_well_that_works(run, library, music):
    code, out, err = run("identify", "-l", library, "--evaluate", "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert [row["known"] for row in found["rows"]] == [1, None]
    for row in found["rows"]:
        assert (row["group"], row["songs"], row["artists"], row["candidates"]) == ("all", 6, 3, 3)
        assert row["at_5"]["value"] == 1
        assert row["at_1"]["low"] <= row["at_1"]["value"] <= row["at_1"]["high"]
    assert -1 <= found["threshold"] <= 1
    code, out, _ = run("identify", music / "A/0.flac", music / "B/1.flac", "-l", library, "--json")
    answers = json.loads(out)
    assert [answer["path"] for answer in answers] == [
        str(music / "A/0.flac"),
        str(music / "B/1.flac"),
    ]
    for answer in answers:
        likely = [artist["likelihood"] for artist in answer["artists"]]
        assert likely == sorted(likely, reverse=True)
        assert {artist["artist"] for artist in answer["artists"]} == {"A", "B", "C"}
        assert isinstance(answer["is_none_of_them"], bool)
    _, out, _ = run("identify", music / "A/0.flac", "-l", library, "--evaluate")
    lines = out.splitlines()
    assert lines[0].split("  ")[0] == "known songs"
    assert [line.split("  ")[0] for line in lines[1:3]] == ["1", "all others"]
    assert lines[3].startswith("Chance: ")
    assert lines[4].startswith(f"{music}/A/0.flac: ")


def test_artists_of_the_training_are_told_apart(run, music, tmp_path):
    model = make_model(tmp_path / "model", labels=["a", "c", "z"])
    run("index", music, "--model", model, "-o", tmp_path / "library")
    _, out, _ = run("identify", "-l", tmp_path / "library", "--evaluate", "--json")
    artists = {row["group"]: row["artists"] for row in json.loads(out)["rows"]}
    assert artists == {"all": 3, "trained": 2, "others": 1}


def test_a_song_unlike_all_others_is_by_none_of_them(run, library, music, monkeypatch):
    threshold = identify_module.find_threshold
    monkeypatch.setattr(
        identify_module, "find_threshold", lambda *a: threshold(*a)._replace(similarity=1.1)
    )
    _, out, _ = run("identify", music / "A/0.flac", "-l", library)
    assert "none of them; nearest: " in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "FILE: name audio files, or ask for --evaluate"),
        (["short.flac"], "too short"),
        (["missing.flac"], "missing file"),
    ],
)
def test_what_cannot_be_identified_is_said_in_one_line(run, library, music, words, message):
    code, out, err = run("identify", *(music / word for word in words), "-l", library)
    assert (code, out) == (1, "")
    assert message in err


def test_one_artist_cannot_be_told_apart(run, music, model, tmp_path):
    run("index", music / "A", "--model", model, "-o", tmp_path / "one")
    code, _, err = run("identify", "--evaluate", "-l", tmp_path / "one")
    assert code == 1
    assert "has 1 artists; two are needed" in err
