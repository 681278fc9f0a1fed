import pytest

from deepartist.process.errors import InputError
from deepartist.scores.identification_variants import find_artists, find_known, known_songs
from helpers import frame, score


def with_artists(n, *variants):
    rows = [score("identify", variant, 0.5) for variant in variants]
    return frame(*rows, score("verify", "eer", 0.3)).assign(setting=f"N = {n}")


def test_numbers_come_out_of_the_table_as_they_went_in():
    scores = with_artists(20, *map(known_songs, (10, 2, 1)))
    assert scores["variant"].tolist() == ["k=10", "k=2", "k=1", "eer"]
    assert find_known(scores) == [1, 2, 10]
    assert find_artists(scores) == 20


def test_scores_of_different_artists_do_not_belong_together():
    scores = with_artists(20, "k=1", "k=2")
    scores.loc[1, "setting"] = "N = 19"
    with pytest.raises(InputError, match=r"different artists \(N = 20; N = 19\)"):
        find_artists(scores)


@pytest.mark.parametrize("setting", ["", "k = 5", "N = 1", "N = x", "N = 2.5"])
def test_a_setting_that_is_no_number_of_artists(setting):
    with pytest.raises(InputError, match="not a number of artists"):
        find_artists(with_artists(2, "k=1").assign(setting=setting))
