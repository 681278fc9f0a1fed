"""Another workflow uses this one as a module, as `config/README.md` says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from collection import make_model, write_collection

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "config/README.md").read_text(encoding="utf-8")
MODULE = """
module deepartist:
    snakefile: "{root}/Snakefile"
    {prefix}
    config: config

use rule * from deepartist as deepartist_*
"""


def snakemake(folder, *words, code=0):
    """Run Snakemake in a folder; return what it printed."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT / "workflow")}
    ended = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "2", *words],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert ended.returncode == code, ended.stdout[-3000:]
    return ended.stdout


@pytest.fixture
def outer(tmp_path):
    """The files that the page shows, and music beside them."""
    (snakefile,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (config,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert "/path/to/deepartist/" in snakefile
    text = snakefile.replace("/path/to/deepartist/", f"{ROOT}/")
    (tmp_path / "Snakefile").write_text(text)
    (tmp_path / "config.yaml").write_text(config)
    write_collection(tmp_path / "music")
    return tmp_path


def test_the_workflow_of_the_page_runs(outer):
    # six songs, a line of names, and neither the empty file nor the short one; the value is the
    # other workflow's
    (outer / "config.yaml").write_text(
        (outer / "config.yaml").read_text() + "  max_failed_fraction: 0.3\n"
    )
    snakemake(outer, "--config", "number=1")
    assert (outer / "songs.txt").read_text().strip() == "7"
    assert sorted(path.name for path in outer.iterdir() if path.name[0] != ".") == [
        *("Snakefile", "config.yaml", "deepartist", "music", "songs.txt")
    ]
    assert "Nothing to be done" in snakemake(outer)
    # the other workflow's report has no text of ours, whose config it does not have
    snakemake(outer, "deepartist/results/tables/failures.csv")
    snakemake(outer, "--report", "report.html")
    assert "learned from artist labels" not in (outer / "report.html").read_text(encoding="utf-8")


def test_targets_of_the_module_have_its_names(outer):
    planned = snakemake(outer, "-n", "deepartist_tables")
    assert "deepartist_train_siamese" in planned
    assert "count_songs" not in planned


def test_rules_that_take_seconds_do_not_become_cluster_jobs(outer):
    # Snakemake shows it only in runs on a cluster
    with (outer / "Snakefile").open("a") as file:
        file.write('print("local:", *sorted(workflow._localrules))\n')
    printed = snakemake(outer, "-n")
    (local,) = re.findall("^local: (.*)$", printed, re.MULTILINE)
    assert {"deepartist_write_table", "deepartist_split_artists"} <= set(local.split())
    assert "deepartist_train_siamese" not in local.split()
    assert "not present in the Snakefile" not in printed


def test_a_wrong_config_of_the_module_is_named(outer):
    (outer / "config.yaml").write_text("deepartist: {}")
    assert "error: config: datasets: missing" in snakemake(outer, code=1)


def of_own_files(folder):
    """A config that names a file or folder of the user wherever it can, by relative paths."""
    for name in ("lists", "tracks", "music"):
        (folder / name).mkdir()
    for name in (
        *("lists/msd-artist-list.pkl", "lists/7D_id_to_path.pkl", "lists/MSD_id_to_7D_id.pkl"),
        *("lists/filtered_list_train.cP", "lists/filtered_list_test.cP"),
        *("lists/msd_id_to_tag_vector.cP", "lists/50tagList.txt", "songs.csv", "features.npz"),
    ):
        (folder / name).touch()
    make_model(folder / "model")
    return {
        "datasets": {
            "msd": {"kind": "msd", "path": "tracks", "lists": "lists"},
            "songs": {"kind": "table", "path": "songs.csv"},
            "music": {"kind": "library", "path": "music"},
        },
        "source": "msd",
        "targets": {"songs": {}, "music": {"label": "artist"}},
        "artists": {"count": 5},
        "models": ["basic", "siamese"],
        "pretrained": {"mine": {"model": "model"}},
        "features": {"other": {"songs": "features.npz"}},
    }


def of_synthesised_music(folder):
    """The default run."""
    return yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("prefix", ["", 'prefix: "artists"'])
@pytest.mark.parametrize("make_config", [of_own_files, of_synthesised_music])
def test_a_module_does_what_the_workflow_does_below_its_prefix(tmp_path, make_config, prefix):
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(make_config(tmp_path)))
    given = ("-n", "-p", "--configfile", "config.yaml")
    alone = snakemake(tmp_path, *given, "--snakefile", str(ROOT / "Snakefile"), "all")
    (tmp_path / "outer.smk").write_text(MODULE.format(root=ROOT, prefix=prefix))
    used = snakemake(tmp_path, *given, "--snakefile", "outer.smk", "deepartist_all")
    folder = prefix.partition(": ")[2].strip('"')
    jobs = jobs_in(used.replace(f"{folder}/results", "results") if folder else used)
    assert jobs == jobs_in(alone)
    assert len(jobs) > 60
    if folder:
        assert not re.search(rf"(?<!{folder}/)results/", used)


def jobs_in(plan):
    """The commands and the files of the jobs that a dry run lists."""
    lines = re.findall(r"^(?:    (?:in|out)put|    log|Shell command): .*", plan, re.MULTILINE)
    return sorted(lines)
