"""The look at the data before the first job of a run."""

import shutil
from pathlib import Path

import pytest

from deepartist.config.run import resolve_config
from deepartist.doctor.before_run import FILE_CHECKS, check_before_run
from deepartist.doctor.data import check_data
from deepartist.process.errors import InputError


@pytest.fixture
def check(data, capsys):
    """Take the look before a run that reads some data sets; return its error and stderr."""

    def call(*datasets):
        data.write()
        config = resolve_config(data.config, data.folder, Path.cwd())
        line = ""
        try:
            check_before_run(config, datasets)
        except InputError as error:
            line = str(error)
        written = capsys.readouterr()
        assert written.out == ""
        return line, written.err

    return call


def test_before_a_run_nothing_is_said_of_what_is_right(check):
    assert check("source", "target") == ("", "checking the data (deepartist doctor) ...\n")


def test_before_a_run_warnings_are_printed(data, check):
    data.add("target", "new", "jazz", "train").unlink()
    line, said = check("target")
    assert line == ""
    assert "warning  target    files" in said
    assert "licence" not in said


def test_before_a_run_an_error_ends_it_in_one_line(data, check):
    data.config["artists"]["count"] = 4
    line, said = check("source", "target")
    assert line.startswith("no job was started, because the data have the errors above")
    assert "\n" not in line
    assert "error  source    artist sets" in said


def test_clips_that_an_earlier_run_has_read_may_be_gone(data, check):
    shutil.rmtree(data.folder / "target")
    assert check("source")[0] == ""
    assert check("source", "target")[0] != ""


def test_a_run_that_reads_joined_clips_reads_those_of_the_parts(data, check):
    data.join({"kind": "table", "demo_songs": 2})
    (data.folder / data.rows["source"][0][0]).unlink()
    line, said = check("joined")
    assert line.startswith("no job was started")
    assert "error  source    files" in said


def test_every_check_of_files_is_one_that_exists(data):
    data.add("target", "new", "jazz", "train").write_bytes(b"x")
    data.add("target", "new", "jazz", "train").unlink()
    data.write()
    config = resolve_config(data.config, data.folder, Path.cwd())
    names = {finding.check for finding in check_data(config, deep=False)}
    assert {"files", "file sizes"} <= names & set(FILE_CHECKS)
