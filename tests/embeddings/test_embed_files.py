"""Song vectors of files, by several threads and in batches: each file keeps its own."""

import numpy as np
import pytest
import soundfile
import torch

from deepartist.constants import SAMPLE_RATE_HZ
from deepartist.embeddings.embed_clips import CLIPS_PER_BATCH, embed_clips
from deepartist.embeddings.embed_files import embed_files
from deepartist.mels.clip import UnusableClip, read_clip
from deepartist.models.encoder import Encoder, initialise
from deepartist.models.weights import TrainedEncoder

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def trained():
    encoder = Encoder().eval()
    initialise(encoder, torch.Generator().manual_seed(0))
    return TrainedEncoder(encoder, 0.2, 0.3)


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """Two batches and a bit; every fifth is too short, one is missing."""
    folder = tmp_path_factory.mktemp("files")
    rng = np.random.default_rng(0)
    paths = [folder / f"{number}.wav" for number in range(2 * CLIPS_PER_BATCH + 3)]
    for number, path in enumerate(paths):
        seconds = 1 if number % 5 == 0 else 4
        noise = rng.standard_normal(seconds * SAMPLE_RATE_HZ) * rng.uniform(0.01, 0.3)
        soundfile.write(path, noise.cumsum() % 1 if number % 2 else noise, SAMPLE_RATE_HZ)
    paths[7].unlink()
    return paths


@pytest.mark.parametrize("jobs", [1, 3])
def test_each_file_has_the_vectors_of_its_own_clip(trained, paths, jobs):
    results = list(embed_files(trained, paths, "start", CPU, jobs))
    assert len(results) == len(paths)
    usable = 0
    for number, (path, result) in enumerate(zip(paths, results, strict=True)):
        if number % 5 == 0 or number == 7:
            assert isinstance(result, UnusableClip)
            assert ("too short" if number % 5 == 0 else "missing file") in str(result)
            continue
        alone = embed_clips(trained, [read_clip(path)], CPU)
        for vector, expected in zip(result, alone, strict=True):
            np.testing.assert_allclose(vector, expected[0], rtol=1e-5, atol=1e-5)
        usable += 1
    assert usable == 27


def test_a_whole_batch_without_a_usable_file(trained, paths):
    short = [paths[0]] * (CLIPS_PER_BATCH + 1)
    results = list(embed_files(trained, [*short, paths[1]], "start", CPU))
    assert [isinstance(result, UnusableClip) for result in results] == [True] * len(short) + [False]


def test_no_file_is_read_before_its_batch(trained, paths):
    results = embed_files(trained, [paths[1]] * CLIPS_PER_BATCH + [None], "start", CPU)
    for _ in range(CLIPS_PER_BATCH):
        next(results)
    with pytest.raises(TypeError):
        next(results)
