"""Corpora are written whole, and the loaders read them."""

import json
import re

import pytest

from deepartist.datasets import fma as fma_set
from deepartist.datasets import gtzan as gtzan_set
from deepartist.datasets import msd as msd_set
from deepartist.datasets import table as table_set
from deepartist.demo.clips import Clip, Corpus
from deepartist.demo.synthesise_corpus import PLANS, digest_folder, main, write_corpus
from deepartist.files.pickles import load_pickle
from deepartist.mels.clip import UnusableClip, read_clip
from deepartist.process.errors import InputError

SETTINGS = {"demo_songs": 8, "demo_artists": 32, "subset": "small"}


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
