"""The part of torch.cuda that a training uses, without a GPU: streams and graphs that are noted."""

from contextlib import contextmanager

import torch


class FakeStream:
    def __init__(self, name="recording"):
        self.name = name
        self.waited_for, self.was_waited_for = [], False

    def wait_stream(self, other):
        self.waited_for.append(other.name)

    def synchronize(self):
        self.was_waited_for = True


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
        self.graphs, self.streams = [], []

    def CUDAGraph(self):
        self.graphs.append(FakeGraph())
        return self.graphs[-1]

    def Stream(self):
        self.streams.append(FakeStream())
        return self.streams[-1]

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

    def install(self, monkeypatch):
        """Put this in the place of what torch.cuda has."""
        for name in ("CUDAGraph", "Stream", "current_stream", "set_stream", "stream", "graph"):
            monkeypatch.setattr(torch.cuda, name, getattr(self, name))
