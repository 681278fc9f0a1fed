import re

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deepartist.datasets.manifest import (
    COLUMNS,
    TEXT_COLUMNS,
    build_manifest,
    read_manifest,
    tidy,
    write_manifest,
)
from deepartist.process.errors import InputError

# Any text that a file or its tags can hold, with lone surrogates (bytes that are not UTF-8).
texts = st.text(st.characters() | st.sampled_from('",|\r\n\t \0\x85\u2028\u00a0\ufeff'))
names = st.text(
    st.characters(exclude_categories=("Cc", "Cs")) | st.sampled_from('",| \u2028\ufeff'), min_size=1
)
rows = st.fixed_dictionaries(
    {"clip_id": names, "path": names, "split": st.sampled_from(["train", "valid", "test", ""])},
    optional={column: texts for column in (*TEXT_COLUMNS, "tags")},
)
tables = st.lists(rows, min_size=1, max_size=5, unique_by=lambda row: row["clip_id"])


def build(**fields):
    return build_manifest([{"clip_id": "1", "path": "x", **fields}])


@given(table=tables)
@example(table=[{"clip_id": ' "a", ', "path": " |b ", "title": "\r"}])
@example(table=[{"clip_id": "NA", "path": "null", "artist": "None", "genre": "nan"}])
def test_csv_holds_any_text(tmp_path_factory, table):
    path = tmp_path_factory.mktemp("manifest") / "m.csv"
    manifest = build_manifest(table)
    write_manifest(manifest, path)
    pd.testing.assert_frame_equal(read_manifest(path), manifest)
    given_as = {row["clip_id"]: row for row in table}
    assert manifest["clip_id"].tolist() == sorted(given_as)
    for row in manifest.to_dict("records"):
        expected = given_as[row["clip_id"]]
        assert (row["path"], row["split"]) == (expected["path"], expected.get("split", ""))
        for column in TEXT_COLUMNS:
            assert row[column].split() == tidy(expected.get(column, "")).split()
    # One line per clip, so that the file can be read line by line.
    content = path.read_bytes()
    assert content.count(b"\n") == len(table) + 1 and b"\r" not in content


@pytest.mark.parametrize("column", TEXT_COLUMNS)
@pytest.mark.parametrize(
    "text", ["a\rb", " a\t b\r\n", "a\u2028b", "a\u00a0 b", "a\x00b", "a\x85b", "\x1fa \udcff b"]
)
def test_white_space_and_what_is_no_text_become_single_spaces(column, text):
    assert build(**{column: text})[column].tolist() == ["a b"]


def test_each_tag_is_made_tidy():
    assert build(tags=" hard\r\nrock |pop||\t")["tags"].tolist() == ["hard rock|pop"]


@given(text=texts)
def test_tidy_twice_is_tidy_once(text):
    assert tidy(tidy(text)) == tidy(text)
    assert not re.search(r"^\s|\s$|\s\s|[^\S ]", tidy(text))


@pytest.mark.parametrize("column", ["clip_id", "path"])
@pytest.mark.parametrize("character", ["\r", "\n", "\0", "\x7f", "\x9b", "\udcff"])
def test_control_characters_in_names_are_refused(column, character):
    songs = [
        {"clip_id": "1", "path": "x"},
        {"clip_id": "2", "path": "y", column: f"a{character}b"},
    ]
    with pytest.raises(InputError, match=f"row 2 has {column} 'a.*b'; rename") as caught:
        build_manifest(songs)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("songs", "message"),
    [
        ([], "no clips found"),
        ([{"clip_id": "1", "path": "x"}, {"clip_id": "2"}], "row 2 has no path"),
        ([{"path": "x"}], "row 1 has no clip_id"),
        ([{"clip_id": "1", "path": "x"}] * 2, "clip_id '1' occurs more than once"),
        ([{"clip_id": "1", "path": "x", "split": "training"}], "'1' has split 'training'; use tr"),
    ],
)
def test_bad_rows(songs, message):
    with pytest.raises(InputError, match=message):
        build_manifest(songs)


def test_read_manifest_refuses_other_columns(tmp_path):
    (tmp_path / "m.csv").write_text(",".join(COLUMNS[::-1]) + "\n")
    with pytest.raises(InputError, match=r"m\.csv: columns are split, .*; a manifest has clip_id,"):
        read_manifest(tmp_path / "m.csv")
