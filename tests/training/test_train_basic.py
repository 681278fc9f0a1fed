"""The basic model: what it is asked for, and what its loss is."""

import torch
import torch.nn.functional as F

from deepartist.training.train_basic import make_task
from trainings import CPU, settings_of, songs_with


def test_the_classes_are_the_artists():
    torch.manual_seed(0)
    names, task = make_task(songs_with(["b", "b", "a", "c"]), settings_of("basic"), CPU)
    assert names == ["a", "b", "c"]
    features = torch.randn(3, 1, 256)
    logits = task.head(features[:, 0])
    assert logits.shape == (3, 3)
    loss = task.loss(features, task.targets(torch.tensor([[3], [0], [2]])))
    assert torch.equal(loss, F.cross_entropy(logits, torch.tensor([2, 1, 0])))
    assert not task.summed


def test_only_the_anchors_are_drawn():
    _, task = make_task(songs_with(["a", "b", "c", "d"]), settings_of("basic"), CPU)
    draw = task.drawing_from(torch.tensor([3, 1]))
    assert draw(torch.tensor([1, 0, 1]), torch.Generator()).tolist() == [[1], [3], [1]]
