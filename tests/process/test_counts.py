"""Numbers with their nouns."""

import pytest

from deepartist.process.counts import counted


@pytest.mark.parametrize(
    ("n", "text"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (1234, "1,234 files")]
)
def test_a_noun_has_its_number(n, text):
    assert counted(n, "file") == text
