import pickle
import re

from deepartist.demo import msd
from deepartist.demo.synthesiser.styles import (
    SOURCE_STYLES,
)

SETTINGS = {"demo_songs": 8, "demo_artists": 32, "subset": "small"}


def test_msd_lists_are_those_of_the_real_set():
    corpus = msd.plan("m", SETTINGS)
    lists = {name: pickle.loads(data) for name, data in corpus.lists.items() if name[-1] in "lP"}
    entries = [entry.split("/") for entry in lists["msd-artist-list.pkl"]]
    assert [(int(a), int(s)) for _, a, s in entries] == [
        (artist, song) for artist in range(32) for song in range(1, 9)
    ]
    paths = lists["7D_id_to_path.pkl"]
    assert set(paths.values()) == {clip.path for clip in corpus.clips} and len(paths) == 256
    assert all(path == f"{i[0]}/{i[1]}/{i}.clip.flac" for i, path in paths.items())
    track_ids = lists["MSD_id_to_7D_id.pkl"]
    assert set(track_ids.values()) == set(paths)
    assert all(re.fullmatch(r"TR[A-Z]{5}[0-9A-F]{11}", track_id) for track_id in track_ids)
    train, test = lists["filtered_list_train.cP"], lists["filtered_list_test.cP"]
    assert set(train) | set(test) == set(track_ids) and set(train).isdisjoint(test)
    assert len(train) == round(0.9 * 256)
    vectors = lists["msd_id_to_tag_vector.cP"]
    assert set(vectors) == set(track_ids)
    assert {(vector.shape, vector.dtype.kind) for vector in vectors.values()} == {((50,), "b")}
    used = sum(vectors.values())
    assert (used > 0).sum() >= 45 and 2 < used.sum() / len(vectors) < 12
    assert len(corpus.lists["50tagList.txt"].decode().splitlines()) == 50
    assert len({clip.style for clip in corpus.clips}) == len(SOURCE_STYLES)
    names = [
        line.split("<SEP>") for line in corpus.lists["unique_tracks.txt"].decode().splitlines()
    ]
    assert [fields[0] for fields in names] == list(track_ids)
    assert len({song_id for _, song_id, _, _ in names}) == 256
    assert all(re.fullmatch(r"SO[A-Z]{5}[0-9A-F]{11}", song_id) for _, song_id, _, _ in names)
    artists = [artist for _, _, artist, _ in names]
    assert len(set(artists)) == 32 and all(artists[::8][n // 8] == a for n, a in enumerate(artists))


def test_more_msd_artists_leave_the_first_as_they_are():
    few, more = (
        [
            (clip.style, clip.artist_seed, clip.song_seed)
            for clip in msd.plan("msd", {"demo_songs": 2, "demo_artists": artists}).clips
        ]
        for artists in (20, 70)
    )
    assert more[:40] == few
    assert len(set(more)) == 140 and len({artist for _, artist, _ in more}) == 70
    assert len({style for style, _, _ in few}) > len(SOURCE_STYLES) / 2


def test_msd_tags_suffice_for_a_tag_set_of_fewer_artists():
    artists, songs = 8, 8  # of each artist one song is held out
    corpus = msd.plan("msd", {"demo_songs": songs, "demo_artists": artists + 2})
    lists = {name: pickle.loads(data) for name, data in corpus.lists.items() if name[-1] in "lP"}
    clip_id_of = lists["MSD_id_to_7D_id.pkl"]
    entries = [entry.split("/") for entry in lists["msd-artist-list.pkl"]]
    held_out = {i for i, artist, song in entries if int(artist) < artists and int(song) == songs}
    listed = {clip_id_of[track_id] for track_id in lists["filtered_list_train.cP"]}
    assert all(lists["msd_id_to_tag_vector.cP"][track_id].any() for track_id in clip_id_of)
    assert len(held_out) == artists
    assert len(listed - held_out) >= artists * (songs - 1)
