import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deepartist.datasets.clip_files import join_inside, list_present
from deepartist.process.errors import InputError
from samples import touch


@pytest.mark.parametrize("relative", ["../a.mp3", "a/../../b.mp3", "/etc/passwd", ".."])
def test_a_path_that_leaves_its_folder_is_refused(tmp_path, relative):
    with pytest.raises(InputError, match=r"^the list: path '.*' leaves the folder of the clips"):
        join_inside(tmp_path, relative, "the list")


@pytest.mark.parametrize("relative", ["", ".", "./"])
def test_a_path_that_names_no_file_is_refused(tmp_path, relative):
    with pytest.raises(InputError, match=r"^the list: path '.*' names no file$"):
        join_inside(tmp_path, relative, "the list")


def test_the_refusal_is_one_line_whatever_the_path(tmp_path):
    with pytest.raises(InputError) as caught:
        join_inside(tmp_path, "../a\nb\x1b[2J", "the list")
    assert str(caught.value).isprintable()


NAMES = st.sampled_from(["a", "b", "a.mp3", "...", "å"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(parts=st.lists(NAMES, min_size=1, max_size=4))
def test_a_path_of_plain_names_lies_below_its_folder(tmp_path, parts):
    joined = join_inside(tmp_path, "/".join(parts), "the list")
    assert joined == f"{tmp_path.as_posix()}/{'/'.join(parts)}"


def test_present_is_what_the_file_system_has(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a/1.mp3", "a/b/2.mp3", "3.mp3"):
        touch(tmp_path / name)
    asked = [
        *("a/1.mp3", "a/2.mp3", "a/b/2.mp3", "a", "3.mp3", "./3.mp3", "4.mp3"),
        *("no/5.mp3", "3.mp3/6.mp3", f"{tmp_path}/a/1.mp3", "/no"),
    ]
    assert list_present(asked) == {path for path in asked if os.path.lexists(path)}
    assert list_present([]) == set()


def test_a_folder_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    def refuse(folder):
        raise PermissionError(13, "Permission denied", folder)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(InputError, match=r"/a/: cannot be read as a folder \(Permission denied\)"):
        list_present([f"{tmp_path}/a/1.mp3"])
