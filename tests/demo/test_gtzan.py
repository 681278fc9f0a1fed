import yaml

from deepartist.datasets import gtzan as gtzan_set
from deepartist.demo import gtzan


def test_gtzan_lists_name_each_clip_once_and_keep_artists_apart():
    corpus = gtzan.plan("g", {"demo_songs": 10})
    lists = yaml.safe_load(corpus.lists["lists.yaml"])
    listed = gtzan_set.list_clips(lists)
    assert [sum(split == s for s, _, _ in listed) for split in ("train", "valid", "test")] == [
        50, 20, 30,
    ]  # fmt: skip
    clip_of = {clip.path: clip for clip in corpus.clips}
    paths = {f"genres/{g}/{g}.{n:05d}.wav": split for split, g, n in listed}
    assert set(paths) == set(clip_of) and len(paths) == len(listed) == 100
    artists = {split: set() for split in lists}
    for path, split in paths.items():
        artists[split].add(clip_of[path].artist_seed)
    assert len(set.union(*artists.values())) == sum(map(len, artists.values()))
    assert len(artists["train"]) == 20
