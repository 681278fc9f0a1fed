"""Digests of files."""

import hashlib
import subprocess

import pytest

from deepartist.files.digests import digest_file


@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [  # of "abc": FIPS 180-4, examples of the NIST
        ("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ],
)
def test_the_digests_of_the_standard(tmp_path, algorithm, digest):
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    assert digest_file(path, algorithm) == digest
    assert digest_file(str(path), algorithm) == digest


def test_the_digest_is_sha256_unless_another_is_named(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    assert digest_file(path) == digest_file(path, "sha256")


@pytest.mark.parametrize("content", [b"", b"abc", b"x" * 300_000])
def test_the_digest_of_git_is_what_git_computes(tmp_path, content):
    path = tmp_path / "a"
    path.write_bytes(content)
    command = ["git", "hash-object", "--no-filters", str(path)]
    computed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert digest_file(path, "git") == computed


@pytest.mark.parametrize("n_bytes", [0, 1, 2**18, 2**18 + 1])  # around the size of a read
def test_all_of_a_file_counts(tmp_path, rng, n_bytes):
    content = rng.bytes(n_bytes)
    path = tmp_path / "a"
    path.write_bytes(content)
    assert digest_file(path) == hashlib.sha256(content).hexdigest()


def test_a_missing_file_has_no_digest(tmp_path):
    with pytest.raises(FileNotFoundError):
        digest_file(tmp_path / "missing")


def test_an_unknown_algorithm_is_an_error(tmp_path):
    path = tmp_path / "a"
    path.touch()
    with pytest.raises(ValueError, match="unsupported hash type"):
        digest_file(path, "sha257")
