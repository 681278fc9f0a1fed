import shutil

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from deepartist.datasets import gtzan
from deepartist.process.errors import InputError
from samples import by_id, touch


def write_gtzan(folder, *, suffix=".wav", name=str, flat=False):
    for genre in gtzan.FAULT_FILTERED["train"]:
        for number in range(100):
            file = name(f"{genre}.{number:05d}{suffix}")
            touch(folder / file if flat else folder / name(genre) / file)


def test_the_fault_filtered_split_has_443_197_and_290_clips(tmp_path, capsys):
    write_gtzan(tmp_path / "genres")
    manifest = gtzan.load(str(tmp_path))
    assert manifest["split"].value_counts().to_dict() == {"train": 443, "valid": 197, "test": 290}
    assert manifest["genre"].nunique() == 10
    song = by_id(manifest).loc["blues.00029"]
    assert song["path"] == f"{tmp_path.as_posix()}/genres/blues/blues.00029.wav"
    assert (song.genre, song.split, song.artist_id, song["tags"]) == ("blues", "train", "", "")
    assert by_id(manifest).loc["jazz.00054", "split"] == "train"
    assert capsys.readouterr().err == ""


def test_no_clip_is_in_two_parts():
    clips = [(genre, number) for _, genre, number in gtzan.list_clips(gtzan.FAULT_FILTERED)]
    assert len(set(clips)) == len(clips) == 930
    assert max(number for _, number in clips) == 99


@pytest.mark.parametrize(
    ("options", "first"),
    [
        ({"suffix": ".au"}, "blues/blues.00000.au"),
        ({"name": str.upper}, "BLUES/BLUES.00000.WAV"),
        ({"name": str.capitalize}, "Blues/Blues.00000.wav"),
        ({"flat": True}, "blues.00000.wav"),
        ({"flat": True, "suffix": ".AU"}, "blues.00000.AU"),
    ],
)
@pytest.mark.parametrize("folder", ["", "genres", "genres_original"])
def test_clips_are_found_however_folders_and_names_are_written(
    tmp_path, capsys, options, first, folder
):
    write_gtzan(tmp_path / folder, **options)
    manifest = gtzan.load(str(tmp_path))
    assert manifest["split"].value_counts().to_dict() == {"train": 443, "valid": 197, "test": 290}
    assert manifest["clip_id"].iloc[0] == "blues.00000"
    assert manifest["path"].iloc[0] == (tmp_path / folder / first).as_posix()
    assert capsys.readouterr().err == ""


def test_wav_counts_before_au_and_the_folder_before_those_in_it(tmp_path):
    write_gtzan(tmp_path / "genres")
    for name in ("blues.00000.au", "blues/blues.00000.au", "copy/blues.00000.wav"):
        touch(tmp_path / name)
    touch(tmp_path / "rock.00001.wav")
    paths = by_id(gtzan.load(str(tmp_path)))["path"].str.removeprefix(f"{tmp_path.as_posix()}/")
    assert paths["blues.00000"] == "copy/blues.00000.wav"
    assert paths["rock.00001"] == "rock.00001.wav"
    (tmp_path / "copy" / "blues.00000.wav").unlink()
    (tmp_path / "genres" / "blues" / "blues.00000.wav").unlink()
    assert by_id(gtzan.load(str(tmp_path))).loc["blues.00000", "path"].endswith("/blues.00000.au")


def test_jazz_00054_where_it_is_missing_is_reported_and_442_remain_to_train(tmp_path, capsys):
    write_gtzan(tmp_path / "genres", name=str.upper)
    (tmp_path / "genres/JAZZ/JAZZ.00054.WAV").unlink()
    manifest = gtzan.load(str(tmp_path))
    train = manifest[manifest["split"] == "train"].set_index("clip_id")
    assert len(train) == 443
    # The expected path is in the folder of the other clips.
    expected = tmp_path / "genres/JAZZ/jazz.00054.wav"
    assert train.loc["jazz.00054", "path"] == expected.as_posix()
    assert sum((tmp_path / path).is_file() for path in train["path"]) == 442
    assert capsys.readouterr().err == "1 listed clip without a file: jazz.00054\n"


def test_a_missing_genre_is_listed_where_it_would_lie(tmp_path, capsys):
    write_gtzan(tmp_path / "genres")
    shutil.rmtree(tmp_path / "genres/rock")
    manifest = by_id(gtzan.load(str(tmp_path)))
    assert len(manifest) == 930
    song = manifest.loc["rock.00010"]
    assert song["path"] == f"{tmp_path.as_posix()}/genres/rock/rock.00010.wav"
    assert (song.genre, song.split) == ("rock", "test")
    n_rock = int((manifest["genre"] == "rock").sum())
    assert capsys.readouterr().err.startswith(
        f"{n_rock} listed clips without a file: rock.00000, rock.00001, rock.00002, …"
    )


def test_a_folder_without_any_clip_is_refused(tmp_path):
    touch(tmp_path / "genres" / "blues" / "blues.00000.mp3")
    (tmp_path / "blues.00000.wav").mkdir()
    with pytest.raises(InputError, match="none of the 930 listed clips; the data set kind 'gtzan'"):
        gtzan.load(str(tmp_path))


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    archive = touch(tmp_path / "genres.tar.gz")
    with pytest.raises(InputError, match=r"genres\.tar\.gz: cannot be read as a folder"):
        gtzan.load(str(archive))


def test_own_lists_take_the_place_of_the_fault_filtered_ones(tmp_path):
    write_gtzan(tmp_path / "genres")
    lists = tmp_path / "lists.yaml"
    lists.write_text("train: {blues: '0-2,7'}\nvalid: {blues: 3}\ntest: {Rock: '5'}\n")
    manifest = by_id(gtzan.load(str(tmp_path), str(lists)))
    assert manifest["split"].to_dict() == {
        **dict.fromkeys(["blues.00000", "blues.00001", "blues.00002", "blues.00007"], "train"),
        "blues.00003": "valid",
        "Rock.00005": "test",
    }
    assert manifest.loc["Rock.00005", "path"] == f"{tmp_path.as_posix()}/genres/rock/rock.00005.wav"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("train: {blues: '3-1'}\nvalid: {}\ntest: {}", "'3-1' is not a range"),
        ("train: {blues: 'a'}\nvalid: {}\ntest: {}", "'a' is not a range"),
        ("train: {blues: '1-'}\nvalid: {}\ntest: {}", "'1-' is not a range"),
        ("train: {blues: '1,,2'}\nvalid: {}\ntest: {}", "'' is not a range"),
        ("train: {blues: [1]}\nvalid: {}\ntest: {}", "a list is not ranges"),
        ("train: {blues: '0-99999,0'}\nvalid: {}\ntest: {}", "more than 100000 clips"),
        ("train: {a: 0-60000, b: 0-60000}\nvalid: {}\ntest: {}", "more than 100000 clips"),
        ("train: {a/../b: '1'}\nvalid: {}\ntest: {}", "'a/../b' is not the name of a genre"),
        ("train: {..: '1'}\nvalid: {}\ntest: {}", r"'\.\.' is not the name of a genre"),
        ("train: {1: '1'}\nvalid: {}\ntest: {}", "1 is not the name of a genre"),
        ("train: {blues: '1'}\ntest: {}", "the keys must be train, valid, test"),
        ("train: [1]\nvalid: {}\ntest: {}", "train must map genres"),
        ("- train", "the keys must be train, valid, test"),
        ("train: {", "not YAML"),
    ],
)
def test_malformed_lists_are_refused(tmp_path, text, message):
    (tmp_path / "lists.yaml").write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        gtzan.load(str(tmp_path), str(tmp_path / "lists.yaml"))
    assert "\n" not in str(caught.value)


def test_lists_that_are_no_file_are_refused(tmp_path):
    with pytest.raises(InputError, match="is not a file; the data set kind 'gtzan' expects"):
        gtzan.load(str(tmp_path), str(tmp_path))


def test_a_clip_that_is_listed_twice_is_refused(tmp_path):
    write_gtzan(tmp_path)
    (tmp_path / "lists.yaml").write_text("train: {rock: '1'}\nvalid: {}\ntest: {rock: '1-2'}")
    with pytest.raises(InputError, match=r"'rock\.00001' occurs more than once"):
        gtzan.load(str(tmp_path), str(tmp_path / "lists.yaml"))


@given(numbers=st.lists(st.integers(0, 99_999), min_size=1))
def test_ranges_of_single_numbers_are_these(numbers):
    assert gtzan.parse_ranges(",".join(map(str, numbers))) == numbers


@given(first=st.integers(0, 500), extra=st.integers(0, 50))
def test_a_range_has_both_its_ends(first, extra):
    assert gtzan.parse_ranges(f"{first}-{first + extra}") == list(range(first, first + extra + 1))


def test_the_lists_survive_yaml():
    text = yaml.safe_dump(gtzan.FAULT_FILTERED)
    assert len(gtzan.list_clips(yaml.safe_load(text))) == 930
