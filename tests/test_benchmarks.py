"""The GPU benchmark, at sizes that a CPU can do: it must not rot where there is no GPU."""

import math
import subprocess
import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))  # as a script has its folder

import bench_gpu
import rows
from bench_gpu import bench_compiled, bench_steps, bench_trainings, paper_s

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    """A repeat of a few steps."""
    monkeypatch.setattr(bench_gpu, "race", lambda **runs: rows.race(1, **runs))
    for module in ("bench_gpu", "steps_in_memory", "deepartist.training.chunks"):
        monkeypatch.setattr(sys.modules[module], "STEPS_OF_CHUNK", 2)
    monkeypatch.setattr(
        bench_gpu,
        "settings_of",
        lambda kind, **changes: real_settings(kind, batch_size=5, **changes),
    )


real_settings = bench_gpu.settings_of


def test_rows_of_steps(tmp_path, capsys):
    found = list(bench_steps(tmp_path, CPU, 45, 0))
    whats = [row.what for row in found]
    assert whats == [
        f"{kind} step, 45 songs, {precision}"
        for kind in ("basic", "siamese")
        for precision in ("float32", "tf32", "bfloat16")
    ]
    for row in found:
        assert row.ours > 0
        first = row.what.endswith("float32")
        assert bool(row.peer) == bool(row.limit) == ("eager on fixed input" in row.note) == first
    rows.print_table(iter(found))
    assert "| basic step, 45 songs, tf32 | " in capsys.readouterr().out


def test_an_encoder_that_cannot_be_compiled_is_left_out(monkeypatch, capsys):
    def fail(*_, **__):
        raise RuntimeError("no compiler")

    monkeypatch.setattr(torch, "compile", fail)
    assert list(bench_compiled(CPU, 45)) == []
    assert "basic, float32: not compiled: no compiler" in capsys.readouterr().err


def test_rows_of_trainings(capsys):
    found = list(bench_trainings(CPU, 3, "float32"))
    assert [row.what for row in found] == [
        "an epoch of basic-3, float32",
        "the same, 3 seeds at once (peer: one after the other)",
        "an epoch of siamese-3, float32",
        "the same, 3 seeds at once (peer: one after the other)",
        "the paper's 33 trainings, float32, in hours",
        "the paper's 33 trainings, at once, float32, in hours",
    ]
    one, together = found[0], found[1]
    assert together.peer == 3 * one.ours
    hours = paper_s(found[0].ours / 9, found[2].ours / 9) / 3600  # 45 songs, 5 a step
    assert found[4].ours == pytest.approx(hours)


def test_the_papers_trainings_are_multiplied_out(monkeypatch):
    monkeypatch.setattr(bench_gpu, "settings_of", real_settings)
    steps = 500 + 1000 + 2000 + 5000 + math.ceil(10_000 * 17 / 15)
    assert paper_s(0.0, 1.0) == 3 * 46 * steps
    assert paper_s(1.0, 0.0) == 3 * 46 * (steps + 5000)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_without_a_gpu_it_says_so():
    finished = subprocess.run(
        [sys.executable, bench_gpu.__file__], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 1
    assert finished.stdout == ""
    assert finished.stderr == "error: the benchmark needs a CUDA GPU, and none can be used here\n"
