import io

import pandas as pd
import pytest

from deepartist.datasets import fma as fma_set
from deepartist.demo import fma

SETTINGS = {"demo_songs": 8, "demo_artists": 32, "subset": "small"}


def test_fma_table_has_the_headers_of_the_real_one():
    corpus = fma.plan("f", SETTINGS)
    content = corpus.lists["fma_metadata/tracks.csv"]
    header = content.decode().splitlines()[:3]
    assert header[0].startswith(",album,") and header[2] == "track_id" + "," * 9
    tracks = pd.read_csv(io.BytesIO(content), index_col=0, header=[0, 1])
    assert tracks.index.name == "track_id" and tracks.index.is_monotonic_increasing
    assert len(tracks) == 8 * 8 + 2
    whole = tracks[[clip.duration_s == 30 for clip in corpus.clips]]
    assert (whole["track", "genre_top"].value_counts() == 8).all()
    assert whole["set", "split"].value_counts().to_dict() == {
        "training": 32, "validation": 8, "test": 24,
    }  # fmt: skip
    assert (tracks.groupby(("artist", "id"))[[("set", "split")]].nunique() == 1).all(axis=None)
    assert (tracks["album", "id"] == -1).any()
    assert sorted(clip.duration_s for clip in corpus.clips)[:3] == [0, 1, 30]
    assert any(clip.stereo for clip in corpus.clips)


@pytest.mark.parametrize("subset", fma_set.SUBSETS)
def test_fma_subsets_are_where_the_loader_looks(tmp_path, subset):
    corpus = fma.plan("f", {"demo_songs": 3, "subset": subset})
    for name, content in corpus.lists.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(content)
    (tmp_path / f"fma_{subset}").mkdir()
    manifest = fma_set.load(str(tmp_path), subset)
    assert set(manifest["path"]) == {f"{tmp_path.as_posix()}/{clip.path}" for clip in corpus.clips}
