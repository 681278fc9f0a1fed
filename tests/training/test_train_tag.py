"""The tag model: what it is asked for, and what its loss is."""

import torch
import torch.nn.functional as F

from deepartist.training.train_tag import make_task
from trainings import CPU, songs_with


def test_each_tag_has_an_output():
    torch.manual_seed(0)
    names, task = make_task(songs_with(["rock|loud", "loud", "jazz"]), {}, CPU)
    assert names == ["jazz", "loud", "rock"]
    features = torch.randn(2, 1, 256)
    logits = task.head(features[:, 0])
    assert logits.shape == (2, 3)
    loss = task.loss(features, task.targets(torch.tensor([[2], [0]])))
    tags = torch.tensor([[1.0, 0, 0], [0, 1, 1]])
    assert torch.equal(loss, F.binary_cross_entropy_with_logits(logits, tags))
    assert not task.summed


def test_only_the_anchors_are_drawn():
    _, task = make_task(songs_with(["a", "b", "c", "d"]), {}, CPU)
    draw = task.drawing_from(torch.tensor([3, 1]))
    assert draw(torch.tensor([1, 0, 1]), torch.Generator()).tolist() == [[1], [3], [1]]
