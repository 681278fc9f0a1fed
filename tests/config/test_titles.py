import pytest

from deepartist.config.titles import parse_titles
from deepartist.process.errors import InputError


def test_titles_have_defaults_and_keep_their_order():
    assert parse_titles(
        ['b={"title": "B = b", "paper_row": "FMA small"}', 'a={"title": null}', "c={}"]
    ) == {
        "b": {"title": "B = b", "paper_row": "FMA small"},
        "a": {"title": "a", "paper_row": None},
        "c": {"title": "c", "paper_row": None},
    }


@pytest.mark.parametrize(
    "words",
    [
        ["gtzan"],
        ["={}"],
        ["a=x"],
        ["a=[]"],
        ['a={"titel": "A"}'],
        ['a={"title": 3}'],
        ["a={}", "a={}"],
    ],
)
def test_wrong_titles_are_refused(words):
    with pytest.raises(InputError, match="--titles"):
        parse_titles(words)
