"""The catalogue of downloads, and the folder they are stored in."""

import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deepartist.config.encoders import KNOWN_ENCODERS
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


# Commits and git's digests of the files that the paper's authors published.
COMMITS = {
    "jongpillee/ismir2018-artist": "68841d227fef71ac76b44e704007e50452042a38",
    "jiyoungpark527/msd-artist-split": "818fbc3f48f5690b8b3c7e61fc00cfd98b214ec3",
    "jongpillee/music_dataset_split": "07e855758f180ac8bdc0e3abebbde19277094681",
}
GIT_DIGESTS = {
    "model_siamese_5000_4_0.40/best_weights_artist_net_5000.h5": "e93934c8dce8ee54fb565000c1b053bf"
    "03f85fbf",
    "model_basic_5000_4_0.40/weights.h5": "e614398b388c94385a2338fd44892ef63d69fe1c",
    "model_basic_10000_4_0.40/weights.889-6.28.h5": "a4580eb9575f43d5d3f9d350df03c30e4f0a082e",
    "model_basic_10000_4_0.40/weights.999-6.34.h5": "2961aeaa1f17563db42f830002d32d5b3327ff1c",
    "msd-artist-list.pkl": "a3e989bb75f3a56bb93256922b98bdc9f89aef85",
    "7D_id_to_path.pkl": "6fd81f58f1d3924e24ff18e1b3ddfb348d57ee4e",
    "MSD_id_to_7D_id.pkl": "d5e3ee5219eb4a38e45f535b520caa1fca50f016",
    "filtered_list_train.cP": "aa48f9101824c75e10547e582fee83bfb74bd449",
    "filtered_list_test.cP": "fc373e906fc8abdb8ae332c7722e1f2bdd10ae1e",
    "msd_id_to_tag_vector.cP": "260d9ec534a4a391b3969fb83078e76047fac9eb",
    "50tagList.txt": "b9ccf081569d368c5a4b0ca132aa86e22f39ed26",
    "train_list_pub.cP": "4657a0486901dcaafa576b4f0d4aeaf62c8f61c8",
    "valid_list_pub.cP": "ce9bd62ef32603082cbf32169ffc200d811e1467",
    "test_list_pub.cP": "55263cda4b7033b5dcf929935cb31a55596053da",
    "y_train_pub.npy": "1420af117417cbfdbbd68c62c24ef525924bdd52",
    "y_valid_pub.npy": "8aa6ea375a284986d15cf0f0db87da4c7c8db3af",
    "y_test_pub.npy": "5143fdba3cdac281e0324513e3f2e3e494ff89ed",
    "top50_tags.txt": "b44b86d5efe12e057a9a8b29d6f80f3d3a907bae",
}
SIZES = {
    "filtered_list_test.cP": 841_954,
    "50tagList.txt": 417,
    "train_list_pub.cP": 1_208_643,
    "valid_list_pub.cP": 122_390,
    "test_list_pub.cP": 353_102,
    "y_valid_pub.npy": 611_680,
    "y_test_pub.npy": 1_732_880,
    "top50_tags.txt": 347,
    "model_siamese_10000.h5": 2_210_360,
}


def test_the_catalogue_has_what_the_publishers_state():
    catalogue = read_catalogue()
    digests = {name: catalogue[name].files[0].digest for name in catalogue if "fma" in name}
    assert digests | {"fma-medium": None} == {
        "fma-small": "sha1:ade154f733639d52e35e32f5593efe5be76c6d70",
        "fma-medium": None,
        "fma-large": "sha1:497109f4dd721066b5ce5e5f250ec604dc78939e",
        "fma-metadata": "sha1:f0df49ffe5f2a6008d7dc83c6915b31835dfe733",
    }
    assert catalogue["authors-siamese-10000"].files[0].digest == (
        "sha256:3b3ad09c321786c8ea388269ee3c35ab540734ce5209f40a430f1c9b0a25f753"
    )
    assert {file.name for file in catalogue["msd-lists"].files} == {
        f"msd_lists/{name}"
        for name in (
            *("msd-artist-list.pkl", "7D_id_to_path.pkl", "MSD_id_to_7D_id.pkl"),
            *("filtered_list_train.cP", "filtered_list_test.cP", "msd_id_to_tag_vector.cP"),
            "50tagList.txt",
        )
    }


def test_what_the_papers_authors_published_is_of_one_commit_and_checked_by_its_digest():
    catalogue = read_catalogue()
    files = [f for name, entry in catalogue.items() if "fma" not in name for f in entry.files]
    published = {}
    for file in files:
        _, owner, name, commit, *path = urlsplit(file.url).path.split("/")
        assert commit == COMMITS[f"{owner}/{name}"]
        published["/".join(path)] = file
        assert file.n_bytes == SIZES.get(path[-1])
    digests = {path: f.digest for path, f in published.items() if f.digest.startswith("git:")}
    assert len(files) == len(digests) + 1  # one has a SHA-256
    for path, digest in digests.items():
        (expected,) = [d for end, d in GIT_DIGESTS.items() if path.endswith(end)]
        assert digest == f"git:{expected}"
    assert len(digests) == len(GIT_DIGESTS)


def test_every_known_encoder_can_be_fetched():
    catalogue = read_catalogue()
    assert set(KNOWN_ENCODERS) == {name for name in catalogue if name.startswith("authors-")}
    for name, known in KNOWN_ENCODERS.items():
        (file,) = catalogue[name].files
        # by the path of the file, which is all that is known of it
        assert f"model_{known.kind}_{known.artists}_" in file.url
        tables = "tables 1 to 3" if known.artists == 5000 else "table 4"
        assert f"by its name the model of {tables}" in catalogue[name].what
    assert len({catalogue[name].files[0].name for name in KNOWN_ENCODERS}) == len(KNOWN_ENCODERS)


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
            "(sha1|git):[0-9a-f]{40}|sha256:[0-9a-f]{64}", file.digest
        )
        assert (file.unpack_to is None) == (file.unpacked_bytes == 0)
        assert file.unpack_to is None or file.digest is not None
        assert file.n_bytes is None or file.n_bytes > 0
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
