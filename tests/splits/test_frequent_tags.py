from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from deepartist.splits.frequent_tags import keep_frequent_tags

songs_of_tags = st.lists(st.lists(st.sampled_from(list("abcdefg")), unique=True), max_size=20)


def test_by_hand():
    songs = ["rock|80s", "pop|rock", "", "jazz|pop", "loud"]
    # 80s, jazz and loud have a song each: alphabetical order
    assert keep_frequent_tags(songs, 3) == (
        ["80s|rock", "pop|rock", "", "pop", ""],
        ["pop", "rock", "80s"],
    )
    assert keep_frequent_tags(songs, 9)[1] == ["pop", "rock", "80s", "jazz", "loud"]
    assert keep_frequent_tags(["", ""], 2) == (["", ""], [])


@given(songs=songs_of_tags, count=st.integers(1, 8))
def test_no_tag_that_is_left_out_is_more_frequent_than_one_that_is_kept(songs, count):
    kept, frequent = keep_frequent_tags(["|".join(tags) for tags in songs], count)
    n_songs = Counter(tag for tags in songs for tag in tags)
    assert len(frequent) == min(count, len(n_songs))
    for tag in set(n_songs) - set(frequent):
        assert all((-n_songs[other], other) < (-n_songs[tag], tag) for other in frequent)
    assert kept == ["|".join(sorted(set(tags) & set(frequent))) for tags in songs]
