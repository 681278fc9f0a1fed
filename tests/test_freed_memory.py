"""Freed memory stays with the process: the next arrays cost no page faults."""

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource
import numpy as np
from deepartist import freed_memory

def faults_of_a_clip():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        # as the log-mel of 30 s: sound, sound with its edges, bands, their logarithm
        arrays = [np.ones(n, np.float32) for n in (661_500, 662_524, 165_376, 165_376)]
        del arrays
    return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 10

before = faults_of_a_clip()
freed_memory.keep()
faults_of_a_clip()
print(before, faults_of_a_clip())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told to")
def test_arrays_are_made_of_what_the_last_ones_left():
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    before, after = map(float, ran.stdout.split())
    assert before > 100  # otherwise nothing was to be mended
    assert after < 10
