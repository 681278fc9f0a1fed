import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepartist.files import read_json, replacing, write_json


def make_old(path, kind):
    """Put something at a path that is to be replaced, or nothing."""
    if kind == "folder":
        path.mkdir()
        (path / "old").write_text("old")
    elif kind == "file":
        path.write_text("old")


def contents(folder):
    """Every file below a folder, hidden ones too, and what is in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("old", ["nothing", "file"])
def test_a_file_takes_the_place_of_the_old_one_at_the_end(tmp_path, old):
    path = tmp_path / "out"
    make_old(path, old)
    before = contents(tmp_path)
    with replacing(path) as partial:
        partial.write_text("new")
        assert partial.parent == path.parent  # a rename within one file system
        assert contents(tmp_path) == {**before, partial.name: "new"}
    assert contents(tmp_path) == {"out": "new"}


@pytest.mark.parametrize("old", ["nothing", "file", "folder"])
def test_a_folder_takes_the_place_of_the_old_one(tmp_path, old):
    path = tmp_path / "out"
    make_old(path, old)
    with replacing(path) as partial:
        (partial / "below").mkdir(parents=True)
        (partial / "below" / "new").write_text("new")
    assert contents(tmp_path) == {"out/below/new": "new"}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("new", ["nothing", "file", "folder"])
@pytest.mark.parametrize("old", ["nothing", "file", "folder"])
def test_when_the_block_raises_all_is_as_before(tmp_path, old, new, error):
    path = tmp_path / "out"
    make_old(path, old)
    before = contents(tmp_path)
    with pytest.raises(error), replacing(path) as partial:
        make_old(partial, new)
        raise error
    assert contents(tmp_path) == before
    assert list(tmp_path.iterdir()) == ([] if old == "nothing" else [path])


def test_a_block_that_writes_nothing_leaves_the_old_file(tmp_path):
    path = tmp_path / "out"
    path.write_text("old")
    with pytest.raises(FileNotFoundError), replacing(path):
        pass
    assert contents(tmp_path) == {"out": "old"}


def test_folders_above_are_made(tmp_path):
    with replacing(str(tmp_path / "a" / "b" / "out")) as partial:
        partial.write_text("new")
    assert contents(tmp_path) == {"a/b/out": "new"}


def test_what_a_killed_job_left_is_no_obstacle(tmp_path):
    path = tmp_path / "out"
    with replacing(path) as partial:
        name = partial
        partial.write_text("a")
    name.write_text("left over")
    with replacing(path) as partial:
        partial.write_text("b")
    assert contents(tmp_path) == {"out": "b"}


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
