"""`deepartist run` as a call of Snakemake; tests/test_wheel.py makes such calls."""

import sys

import pytest

from deepartist import cli
from deepartist.commands import run
from deepartist.commands.run import packaged_configs, snakemake_words, workflow_folder
from deepartist.process.errors import InputError

SNAKEFILE = ["--snakefile", str(workflow_folder() / "Snakefile")]
LIBRARY = str(workflow_folder() / "configs" / "library.yaml")


def test_the_workflow_of_a_checkout_is_that_around_the_package():
    assert (workflow_folder() / "Snakefile").is_file()
    assert packaged_configs().keys() >= {"library", "open", "paper"}


@pytest.mark.parametrize(
    ("words", "call"),
    [
        ([], [*SNAKEFILE, "--cores", "all"]),
        (["-n"], [*SNAKEFILE, "--cores", "all", "-n"]),
        (["-c4"], [*SNAKEFILE, "-c4"]),
        (["--cores=4", "-n"], [*SNAKEFILE, "--cores=4", "-n"]),
        (["--workflow-profile", "slurm"], [*SNAKEFILE, "--workflow-profile", "slurm"]),
        (["tables"], [*SNAKEFILE, "--cores", "all", "tables"]),
        (
            ["library", "results/tables/table1.csv"],
            ["--configfile", LIBRARY, *SNAKEFILE, "--cores", "all", "results/tables/table1.csv"],
        ),
        (
            ["mine.yaml", "--jobs", "2", "all"],
            ["--configfile", "mine.yaml", *SNAKEFILE, "--jobs", "2", "all"],
        ),
        # an option of Snakemake with a config is none of ours
        (["--configfile", "x.yaml"], [*SNAKEFILE, "--cores", "all", "--configfile", "x.yaml"]),
    ],
)
def test_the_call_of_snakemake(tmp_path, monkeypatch, words, call):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").touch()
    assert snakemake_words(words) == call


@pytest.mark.parametrize("name", ["nothing.yaml", "nothing.yml", "configs/library.yaml"])
def test_a_config_that_is_not_there_is_named_with_those_of_the_package(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=rf"^{name}: no such config file; .*library"):
        snakemake_words([name])


@pytest.mark.parametrize(
    "others", [["--configfile", "b.yaml"], ["--configfiles=b.yaml"], ["-n", "--configf", "b.yaml"]]
)
@pytest.mark.parametrize("first", ["a.yaml", "library"])
def test_a_second_config_does_not_replace_the_first_silently(tmp_path, monkeypatch, first, others):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").touch()
    with pytest.raises(InputError, match=r"--configfile: two config files are given; give one"):
        snakemake_words([first, *others])


def test_a_file_of_the_name_of_a_packaged_config_is_given_with_its_ending(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "library.yaml").touch()
    assert snakemake_words(["library.yaml"])[1] == "library.yaml"
    assert snakemake_words(["library"])[1] == LIBRARY


def test_the_command_is_printed_and_snakemake_called_by_the_same_python(monkeypatch, capsys):
    called = []
    monkeypatch.setattr(run.os, "execve", lambda *arguments: called.append(arguments))
    monkeypatch.setenv("PATH", "/somewhere")
    monkeypatch.setattr(sys, "argv", ["deepartist", "run", "-n", "a target"])
    cli.main()
    printed = capsys.readouterr().err.strip()
    assert printed.startswith("snakemake --snakefile ")
    assert printed.endswith("--cores all -n 'a target'")
    ((program, words, environment),) = called
    assert (str(program), words[:3]) == (sys.executable, [sys.executable, "-m", "snakemake"])
    assert words[3:] == snakemake_words(["-n", "a target"])
    folders = environment["PATH"].split(":")
    assert folders == [str(program.parent), "/somewhere"]


def test_a_read_only_home_is_told_before_snakemake_starts(tmp_path, monkeypatch):
    """A file in the place of the folder, because root may write to any folder."""
    (tmp_path / "file").touch()
    monkeypatch.setattr(run.os, "execve", lambda *_: pytest.fail("Snakemake was called"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(sys, "argv", ["deepartist", "run", "-n"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == (
        f"error: {tmp_path}/file/snakemake: cannot be written to (Not a directory); set the "
        "environment variable XDG_CACHE_HOME to a folder of your own"
    )


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_is_ours(monkeypatch, capsys, option):
    monkeypatch.setattr(run.os, "execve", lambda *_: pytest.fail("Snakemake was called"))
    monkeypatch.setattr(sys, "argv", ["deepartist", "run", option])
    cli.main()
    out = capsys.readouterr().out
    assert out.startswith("usage: deepartist run [CONFIG]")
    assert "library, losses, open, paper" in " ".join(out.split())
