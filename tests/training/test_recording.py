"""Recording steps: what is restored, and what happens where a recording fails."""

from contextlib import contextmanager

import pytest
import torch

from deepartist.training.recording import record

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


class FakeStream:
    def __init__(self, name="recording"):
        self.name = name
        self.waited_for = []

    def wait_stream(self, other):
        self.waited_for.append(other.name)


class FakeGraph:
    """Replays what was run while it was recorded; a failure leaves its stream in place."""

    def __init__(self):
        self.was_reset = False
        self.run = None

    def replay(self):
        self.run()

    def reset(self):
        self.was_reset = True


class FakeCuda:
    """The part of torch.cuda that a recording uses."""

    def __init__(self, fails=""):
        self.fails = fails
        self.default = self.current = FakeStream("default")
        self.graphs, self.log = [], []

    def CUDAGraph(self):
        self.graphs.append(FakeGraph())
        return self.graphs[-1]

    def Stream(self):
        return FakeStream()

    def current_stream(self):
        return self.current

    def set_stream(self, stream):
        self.current = stream

    @contextmanager
    def stream(self, stream):
        before, self.current = self.current, stream
        try:
            yield
        finally:
            self.current = before

    @contextmanager
    def graph(self, graph, stream):
        before, self.current = self.current, stream
        yield
        if self.fails == "recording":
            raise RuntimeError("operation not permitted\nwhen stream is capturing")
        self.current = before


@pytest.fixture(params=["", "recording", "warm-up"])
def cuda(request, monkeypatch):
    fake = FakeCuda(request.param)
    for name in ("CUDAGraph", "Stream", "current_stream", "set_stream", "stream", "graph"):
        monkeypatch.setattr(torch.cuda, name, getattr(fake, name))
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
