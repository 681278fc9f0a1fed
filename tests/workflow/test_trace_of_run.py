"""What `deepartist trace` tells of a run is what Snakemake recorded of it."""

import base64
import json
import re

import pytest

from deepartist.commands.trace import trace

pytestmark = pytest.mark.slow


def recorded_inputs(run):
    """What each result was made from, by Snakemake's own records."""
    inputs = {}
    for path in (run.folder / ".snakemake/metadata").rglob("*"):
        if path.is_file():
            name = base64.urlsafe_b64decode(path.name.encode()).decode()
            inputs[name] = {
                re.sub(r"/shard-\d+/shard\.json$", "", each)
                for each in json.loads(path.read_text())["input"]
            }
    return inputs


def told(path):
    """The files of a trace, in order, and how deep each is."""
    lines = [re.fullmatch(r"([│├└─ ]*)(\S+).*", line) for line in trace(path)]
    return [(line[2], len(line[1]) // 3) for line in lines]


def test_every_result_is_traced_to_what_it_was_made_from(default_run):
    recorded = recorded_inputs(default_run)
    assert len(recorded) > 150
    for name, inputs in recorded.items():
        if not inputs or re.search(r"/shard-|/model\.safetensors|/history\.csv", name):
            continue  # known by what lies beside them
        if name.endswith("maps/figure7.csv"):
            continue  # of whichever model and target the config says
        sources = {source for source, depth in told(default_run.folder / name) if depth == 1}
        assert sources, name
        assert sources <= inputs, name


def test_a_table_is_traced_back_to_the_manifests_of_all_data_sets(default_run):
    files = {name for name, _ in told(default_run.results / "tables/table1.csv")}
    for dataset in ("msd", "gtzan", "fma", "naver"):
        assert {f"results/manifests/{dataset}.csv", f"results/mels/{dataset}"} <= files
        assert f"results/demo/{dataset}/corpus.json" in files
    lines = "\n".join(trace(default_run.results / "tables/table1.csv"))
    assert "CHANGED" not in lines
    assert "not there" not in lines
    assert lines.count("scores.score_features, code ") == 30
    assert "differs from the code here" not in lines
