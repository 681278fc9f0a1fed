"""The last lines of a log."""

from hypothesis import given
from hypothesis import strategies as st

from deepartist.progress.logs import LINE_LENGTH, TAIL_BYTES, last_lines


def test_a_log_that_is_not_there_says_nothing(tmp_path):
    assert last_lines(str(tmp_path / "none.log"), 3) == []
    assert last_lines(str(tmp_path), 3) == []


def test_empty_lines_and_states_of_a_progress_bar(tmp_path):
    (tmp_path / "a.log").write_bytes(b"first\n\n 10 %\r 20 %\r 30 %\n  \n")
    assert last_lines(str(tmp_path / "a.log"), 1) == [" 30 %"]
    assert last_lines(str(tmp_path / "a.log"), 9) == ["first", " 10 %", " 20 %", " 30 %"]


def test_names_from_the_data_do_not_steer_the_terminal(tmp_path):
    (tmp_path / "a.log").write_bytes(b"left out: \x1b[2J\x07\xff song\n")
    (line,) = last_lines(str(tmp_path / "a.log"), 1)
    assert line.isprintable()
    assert line.startswith("left out: ") and line.endswith(" song")


def test_long_lines_are_cut(tmp_path):
    (tmp_path / "a.log").write_text("a" * 100_000)
    (line,) = last_lines(str(tmp_path / "a.log"), 9)
    assert len(line) == LINE_LENGTH and line.endswith("…")


@given(lines=st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1), min_size=3))
def test_of_a_long_log_the_end_is_read(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("logs") / "a.log"
    path.write_text("\n".join(["x" * 2 * TAIL_BYTES, *lines]), encoding="utf-8")
    assert last_lines(str(path), 3) == [
        line if len(line) <= LINE_LENGTH else line[: LINE_LENGTH - 1] + "…" for line in lines[-3:]
    ]
