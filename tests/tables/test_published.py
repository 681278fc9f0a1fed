import re

import pytest

from deepartist.process.errors import InputError
from deepartist.tables.published import check_paper_rows, read_published
from paper_tables import METHODS, ROWS

PAPER = {
    1: """
        GTZAN (fault-filtered)  .4968  .5510  .5508
        FMA small               .2441  .3203  .3019
        NAVER Korean            .3152  .3577  .3576""",
    2: """
        GTZAN (fault-filtered)  .6655  .6966  .6759
        FMA small               .5269  .5732  .5332
        NAVER Korean            .6671  .6393  .6898""",
    3: """
        GTZAN (fault-filtered)  .6721  .6993  .7072
        FMA small               .5791  .5483  .5641
        NAVER Korean            .6696  .6623  .6755""",
}


@pytest.mark.parametrize("number", PAPER)
def test_published_figures_are_the_papers(number):
    expected = {}
    for line in PAPER[number].strip().splitlines():
        row, *figures = re.split(r"\s{2,}", line.strip())
        expected |= {
            (row, kind): float(v)
            for kind, v in zip(("basic", "siamese", "tag"), figures, strict=True)
        }
    assert len(expected) == 9
    chosen = published_of(number)
    assert (
        dict(zip(zip(chosen.row, chosen.model, strict=True), chosen.value, strict=True)) == expected
    )
    assert set(chosen.source) == {f"Park et al. (ISMIR 2018), Table {number}"}


def published_of(number):
    published = read_published()
    assert list(published.columns) == ["table", "row", "model", "value", "source"]
    return published[published["table"] == number]


def test_published_figures_of_table_4_are_the_papers_with_their_sources():
    chosen = published_of(4)
    for method, (gtzan, fma, authors, venue) in METHODS.items():
        rows = chosen[chosen["model"] == method]
        figures = dict(zip(rows["row"], rows["value"], strict=True))
        assert (figures.get("GTZAN (fault-filtered)"), figures.get("FMA small")) == (gtzan, fma)
        assert rows["source"].str.startswith(authors).all()
        assert rows["source"].str.contains(venue, regex=False).all()
        quoted = rows["source"].str.endswith("quoted from Table 4 of Park et al. (ISMIR 2018)")
        assert quoted.all() if not method.startswith("Artist") else not quoted.any()
        assert rows["source"].nunique() == 1
    assert list(dict.fromkeys(chosen["model"])) == list(METHODS)
    assert set(chosen["row"]) == set(ROWS[:2])


def test_unknown_row_of_the_paper_is_refused_with_those_there_are():
    check_paper_rows([None, *ROWS], read_published())
    with pytest.raises(InputError, match=r"'GTZAN': .*GTZAN \(fault-filtered\), FMA small, NAVER"):
        check_paper_rows([None, "GTZAN"], read_published())
