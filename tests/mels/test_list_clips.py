"""Listing the decoded clips of a data set, and those left out."""

import pytest

from deepartist.datasets.manifest import read_manifest
from deepartist.mels import list_clips
from deepartist.process.errors import InputError


def run(manifest, folders, tmp_path, fraction):
    list_clips.main(
        ["--dataset", "d", "--manifest", str(manifest), "--shards"]
        + [str(folder / "shard.json") for folder in folders]
        + ["--max-failed-fraction", str(fraction)]
        + ["--clips", str(tmp_path / "clips.csv"), "--failures", str(tmp_path / "failures.csv")]
    )


def test_decoded_clips_and_failures_make_up_the_manifest(manifest, make_shards, tmp_path, capsys):
    run(manifest, make_shards(3), tmp_path, 0.2)
    assert capsys.readouterr().out.splitlines()[-1] == "d: 12 clips decoded, 3 left out"
    clips = set(read_manifest(tmp_path / "clips.csv")["clip_id"])
    assert clips == {f"c{i:02d}" for i in range(12)}
    lines = (tmp_path / "failures.csv").read_text().splitlines()
    assert lines[0] == "dataset,clip_id,path,reason"
    assert [line.split(",")[1] for line in lines[1:]] == ["empty", "missing", "short"]


def test_too_many_failures_stop_the_run(manifest, make_shards, tmp_path):
    folders = make_shards(2)
    with pytest.raises(InputError, match=r"3 of 15 clips .* max_failed_fraction = 0.19.*empty"):
        run(manifest, folders, tmp_path, 0.19)
    assert not (tmp_path / "clips.csv").exists()
