import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepartist.files.json_files import read_json, write_json

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8")),
    lambda values: (
        st.lists(values) | st.dictionaries(st.text(st.characters(codec="utf-8")), values)
    ),
)


@settings(max_examples=40, deadline=None)
@given(json_values)
def test_json_comes_back_as_written(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("json") / "value.json"
    write_json(value, path)
    assert read_json(path) == value
    assert list(path.parent.iterdir()) == [path]


def test_json_is_made_to_be_read(tmp_path):
    write_json({"b": "별", "a": [0.1]}, tmp_path / "value.json")
    text = (tmp_path / "value.json").read_text(encoding="utf-8")
    assert text == '{\n "b": "별",\n "a": [\n  0.1\n ]\n}\n'


def test_json_that_cannot_be_written_leaves_the_old_file(tmp_path):
    write_json({"a": 1}, tmp_path / "value.json")
    with pytest.raises(TypeError):
        write_json({"a": object()}, tmp_path / "value.json")
    assert read_json(tmp_path / "value.json") == {"a": 1}
    assert list(tmp_path.iterdir()) == [tmp_path / "value.json"]
