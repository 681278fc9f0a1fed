"""The catalogue of downloads, and the folder they are stored in."""

import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deepartist.downloads import catalogue as catalogue_module
from deepartist.downloads.catalogue import RemoteFile, cache_folder, read_catalogue


@pytest.fixture
def write_catalogue(tmp_path, monkeypatch):
    """Replace the catalogue by a text."""

    def write(text):
        path = tmp_path / "downloads.yaml"
        path.write_text(text, encoding="utf-8")
        monkeypatch.setattr(catalogue_module, "CATALOGUE_PATH", path)

    return write


def test_the_catalogue_has_what_the_publishers_state():
    catalogue = read_catalogue()
    assert {name for name, entry in catalogue.items() if len(entry.files) == 1} == {
        "fma-small",
        "fma-medium",
        "fma-large",
        "fma-metadata",
        "authors-siamese-10000",
    }
    digests = {name: catalogue[name].files[0].digest for name in catalogue if name != "msd-lists"}
    assert digests | {"fma-medium": None} == {
        "fma-small": "sha1:ade154f733639d52e35e32f5593efe5be76c6d70",
        "fma-medium": None,
        "fma-large": "sha1:497109f4dd721066b5ce5e5f250ec604dc78939e",
        "fma-metadata": "sha1:f0df49ffe5f2a6008d7dc83c6915b31835dfe733",
        "authors-siamese-10000": (
            "sha256:3b3ad09c321786c8ea388269ee3c35ab540734ce5209f40a430f1c9b0a25f753"
        ),
    }
    assert {file.name for file in catalogue["msd-lists"].files} == {
        f"msd_lists/{name}"
        for name in (
            *("msd-artist-list.pkl", "7D_id_to_path.pkl", "MSD_id_to_7D_id.pkl"),
            *("filtered_list_train.cP", "filtered_list_test.cP", "msd_id_to_tag_vector.cP"),
            "50tagList.txt",
        )
    }


@pytest.mark.parametrize("name", read_catalogue())
def test_an_entry_of_the_catalogue_is_well_formed(name):
    download = read_catalogue()[name]
    for text in (download.what, download.licence, download.size):
        assert text == " ".join(text.split())
        assert text
    for file in download.files:
        url = urlsplit(file.url)
        assert (url.scheme, bool(url.hostname), url.query) == ("https", True, "")
        assert re.fullmatch(r"(\w+/)?[\w.-]+", file.name)
        assert file.digest is None or re.fullmatch(
            "sha1:[0-9a-f]{40}|sha256:[0-9a-f]{64}", file.digest
        )
        assert (file.unpack_to is None) == (file.unpacked_bytes == 0)
        assert file.unpack_to is None or file.digest is not None
        assert file.n_bytes is None or file.n_bytes > 2**20
    assert len({file.name for file in download.files}) == len(download.files)


def test_what_an_entry_does_not_state_is_unknown(write_catalogue):
    write_catalogue("""
lists: {what: w, licence: l, size: s, files: [{url: "https://a.org/b/c.txt?d=e", digest: null}]}
""")
    assert read_catalogue()["lists"].files == (
        RemoteFile("https://a.org/b/c.txt?d=e", "c.txt", None, None, None, 0),
    )


def test_a_file_has_the_name_and_the_folder_that_its_entry_states(write_catalogue):
    write_catalogue("""
clips:
  what: w
  licence: l
  size: s
  folder: audio
  files:
    - {url: "https://a.org/b.zip", name: c.zip, bytes: 5, digest: "sha1:d", unpack_to: e,
       unpacked_bytes: 9}
""")
    assert read_catalogue()["clips"].files == (
        RemoteFile("https://a.org/b.zip", "audio/c.zip", "sha1:d", 5, "e", 9),
    )


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other folders")
def test_downloads_are_stored_in_the_users_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder() == Path(tmp_path, ".cache", "deepartist")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "deepartist"
