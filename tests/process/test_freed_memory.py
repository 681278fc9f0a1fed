"""Commands keep freed memory: the next arrays cost no page faults."""

import os
import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource
from types import SimpleNamespace
import numpy as np
from deepartist import cli
from deepartist.process import stage

def print_faults():
    for rounds in (3, 10):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(rounds):
            # as the log-mel of 30 s: sound, sound with its edges, bands, their logarithm
            arrays = [np.ones(n, np.float32) for n in (661_500, 662_524, 165_376, 165_376)]
            del arrays
    print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / rounds)

args = SimpleNamespace(function=lambda args: print_faults())
cli.make_parser = lambda: SimpleNamespace(parse_args=lambda: args)
"""


def faults_of_a_clip(call: str) -> float:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MALLOC_", "GLIBC_"))}
    command = [sys.executable, "-c", f"{PROGRAM}\n{call}"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return float(ran.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told to")
@pytest.mark.parametrize("call", ["stage.run(print_faults)", "cli.main()"])
def test_arrays_are_made_of_what_the_last_ones_left(call):
    assert faults_of_a_clip(call) < faults_of_a_clip("print_faults()") / 10
