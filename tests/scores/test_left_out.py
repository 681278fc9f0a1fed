import pytest

from deepartist.process.errors import InputError
from deepartist.scores.left_out import parse_left_out


@pytest.mark.parametrize("word", ["clap", "clap:", ":fma", "a:b:c", ""])
def test_wrong_words_of_left_out_are_refused(word):
    assert parse_left_out(["clap:fma", "clap:gtzan"]) == {("clap", "fma"), ("clap", "gtzan")}
    with pytest.raises(InputError, match=f"--left-out {word}: write MODEL:DATASET"):
        parse_left_out(["clap:fma", word])
