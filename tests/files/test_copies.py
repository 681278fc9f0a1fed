"""Finding files with equal contents."""

import os

import pytest

from deepartist.files.copies import digest_equal_files, find_copies


def write(folder, **contents):
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in contents]


def test_a_copy_is_paired_with_the_first_file_of_its_contents(tmp_path):
    a, b, c, d, e = write(tmp_path, a=b"one", b=b"two", c=b"one", d=b"two", e=b"one")
    assert find_copies([a, b, c, d, e]) == {c: a, e: a, d: b}
    assert find_copies([e, d, c, b, a]) == {c: e, a: e, b: d}


@pytest.mark.parametrize("place", [0, 50_000, 99_999])
def test_files_that_differ_in_one_byte_are_not_copies(tmp_path, place):
    content = bytes(100_000)
    other = content[:place] + b"\1" + content[place + 1 :]
    assert find_copies(write(tmp_path, a=content, b=other)) == {}


def test_empty_and_missing_files_are_not_copies(tmp_path):
    files = write(tmp_path, a=b"", b=b"")
    assert find_copies([*files, tmp_path / "none", tmp_path / "none either"]) == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_cannot_be_read_is_not_a_copy(tmp_path):
    files = write(tmp_path, a=b"one", b=b"one")
    files[1].chmod(0)
    assert find_copies(files) == {}


def test_only_equal_files_share_a_digest(tmp_path):
    files = write(tmp_path, a=b"one", b=b"six", c=b"one", d=b"three")
    same, other, again, lone = digest_equal_files(files, [3, 3, 3, 5])
    assert same == again != ""
    assert (other, lone) == ("", "")


def test_without_time_no_file_is_opened(tmp_path):
    files = [tmp_path / name for name in "abc"]  # none of them exists
    assert digest_equal_files(files, [3, 3, 5], limit_s=0) == [None, None, ""]
