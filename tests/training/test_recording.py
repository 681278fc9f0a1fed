"""Recording steps: what is restored, and what happens where a recording fails."""

import pytest
import torch

from deepartist.training.recording import record
from fake_cuda import FakeCuda

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.fixture(params=["", "recording", "warm-up"])
def cuda(request, monkeypatch):
    fake = FakeCuda(request.param)
    fake.install(monkeypatch)
    return fake


def test_on_a_cpu_nothing_is_recorded():
    def run():
        pytest.fail("was run")

    assert record(run, run, [], CPU) is run


def test_values_are_restored_and_the_stream_put_back(cuda, capsys):
    weight, streams = torch.tensor([1.0]), []

    def run():
        streams.append(cuda.current.name)
        weight.mul_(3)

    def warm_up():
        streams.append(cuda.current.name)
        weight.add_(1)
        if cuda.fails == "warm-up":
            raise RuntimeError("no algorithm")

    replay = record(run, warm_up, [weight], CUDA)
    printed = capsys.readouterr().out
    assert weight.tolist() == [1.0]
    assert cuda.current is cuda.default
    assert set(streams) == {"recording"}
    assert "recording" in cuda.default.waited_for
    if not cuda.fails:
        assert printed == ""
        assert replay == cuda.graphs[0].replay
        assert not cuda.graphs[0].was_reset
        return
    reason = {
        "recording": "operation not permitted when stream is capturing",
        "warm-up": "no algorithm",
    }[cuda.fails]
    assert printed == f"no CUDA graph ({reason}): steps run without it, which is slower\n"
    assert replay is run
    assert cuda.graphs[0].was_reset
    replay()
    assert streams[-1] == "default"
    assert weight.tolist() == [3.0]
