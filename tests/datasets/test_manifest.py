import csv
import re

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deepartist.datasets.artist_names import normalise
from deepartist.datasets.manifest import (
    COLUMNS,
    MAX_NAME_LENGTH,
    MAX_TAGS_LENGTH,
    MAX_TEXT_LENGTH,
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
        assert normalise(row["genre"]) == normalise(tidy(expected.get("genre", "")))
        for column in set(TEXT_COLUMNS) - {"genre"}:  # of that, the common spelling is shown
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


@pytest.mark.parametrize("column", TEXT_COLUMNS)
def test_a_long_text_is_cut_and_reported(column, capsys):
    text = "x" * (MAX_TEXT_LENGTH - 1) + " y" * 100_000  # a space where it is cut
    assert build(**{column: text})[column].tolist() == ["x" * (MAX_TEXT_LENGTH - 1)]
    assert capsys.readouterr().err == (
        f"1 text cut to {MAX_TEXT_LENGTH} characters: {column} of 1\n"
    )


def test_texts_as_long_as_allowed_stay_and_nothing_is_said(capsys):
    text = "x" * MAX_TEXT_LENGTH
    tags = "|".join(f"{n:999}"[::-1].replace(" ", "x") for n in range(100))
    assert build(title=text, tags=tags).loc[0, ["title", "tags"]].tolist() == [text, tags]
    assert capsys.readouterr().err == ""


def test_long_tags_are_cut_and_too_many_left_out(capsys):
    tags = ["x" * 5000, *(f"tag {n}" for n in range(20_000))]
    kept = build(tags="|".join(tags))["tags"].item().split("|")
    assert kept == ["x" * MAX_TEXT_LENGTH, *tags[1 : len(kept)]]
    assert MAX_TAGS_LENGTH - 20 < len("|".join(kept)) <= MAX_TAGS_LENGTH
    assert f"({len(tags) - len(kept):,} tags left out): tags of 1" in capsys.readouterr().err


def test_only_the_first_long_texts_are_named(capsys):
    songs = [{"clip_id": str(n), "path": "x", "title": "x" * 2000} for n in range(5)]
    build_manifest(songs)
    assert capsys.readouterr().err.endswith(": title of 0, title of 1, title of 2, …\n")
    assert len(build_manifest(songs)) == 5


@pytest.mark.parametrize("column", ["clip_id", "path"])
def test_a_long_name_is_refused(tmp_path, column):
    build(**{column: "x" * MAX_NAME_LENGTH})
    with pytest.raises(InputError, match=f"row 1 has a {column} of 154000 characters") as caught:
        build(**{column: "x" * 154_000})
    assert len(str(caught.value)) < 200
    row = dict.fromkeys(COLUMNS, "") | {"clip_id": "a", "path": "b", column: "x" * 154_000}
    pd.DataFrame([row]).to_csv(tmp_path / "m.csv", index=False)
    with pytest.raises(InputError, match=f"row 1 has a {column} of 154000 characters"):
        read_manifest(tmp_path / "m.csv")


def test_every_reader_can_read_the_longest_manifest(tmp_path):
    longest = dict.fromkeys(TEXT_COLUMNS, "é" * 200_000)
    names = {"clip_id": '"' * MAX_NAME_LENGTH, "path": "/" * MAX_NAME_LENGTH}
    manifest = build_manifest([{**longest, **names, "tags": "|".join(map(str, range(99_999)))}])
    write_manifest(manifest, tmp_path / "m.csv")
    assert read_manifest(tmp_path / "m.csv").equals(manifest)
    limit = csv.field_size_limit(131_072)  # Python's own, which `read_rows` may have raised
    try:
        with (tmp_path / "m.csv").open(encoding="utf-8", newline="") as file:
            assert list(csv.DictReader(file)) == manifest.to_dict("records")
    finally:
        csv.field_size_limit(limit)


def test_genres_and_tags_have_one_spelling_each():
    clips = [
        {"genre": "Rock", "tags": "Hip-Hop|Fólk"},
        {"genre": "Rock ", "tags": "hip\u2010hop|Fo\u0301lk|HIP-HOP"},
        {"genre": "ROCK", "tags": "Hip-Hop"},
        {"genre": "Rock", "tags": ""},
        {"genre": "Rock & Roll", "tags": "b|a"},
    ]
    songs = build_manifest(
        {"clip_id": str(i), "path": "x", "artist_id": f"id {i}"} | clip
        for i, clip in enumerate(clips)
    )
    assert songs["genre"].tolist() == ["Rock"] * 4 + ["Rock & Roll"]
    assert songs["tags"].tolist() == ["Hip-Hop|Fólk", "Hip-Hop|Fólk", "Hip-Hop", "", "b|a"]
    assert songs["artist_id"].tolist() == [f"id {i}" for i in range(5)]  # ids are taken as they are
