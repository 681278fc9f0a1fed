"""The arithmetic of products and convolutions: set where a device is chosen."""

import warnings

import pytest
import torch

from deepartist.models.device import choose_device
from deepartist.models.precision import set_precision


def precision_now():
    return {torch.backends.cuda.matmul.fp32_precision, torch.backends.cudnn.conv.fp32_precision}


@pytest.fixture(autouse=True)
def as_before():
    torch.set_warn_always(True)  # PyTorch warns of flags only once otherwise
    yield
    torch.set_warn_always(False)
    set_precision("float32")


@pytest.mark.parametrize(
    ("precision", "expected"), [("float32", "ieee"), ("bfloat16", "ieee"), ("tf32", "tf32")]
)
def test_only_tf32_rounds_to_tf32(precision, expected):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # PyTorch warns where old and new names of flags are mixed
        for before in ("tf32", "float32"):
            set_precision(before)
            set_precision(precision)
            assert precision_now() == {expected}
            # Reading it fails where old and new names disagree.
            assert torch.backends.cudnn.allow_tf32 == (expected == "tf32")
    assert torch.backends.cudnn.deterministic
    assert not torch.backends.cudnn.benchmark


def by_flags():
    torch.backends.cuda.matmul.fp32_precision = "tf32"
    torch.backends.cudnn.conv.fp32_precision = "tf32"


def by_older_names():
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True


@pytest.fixture
def older_names_as_before():
    yield
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = True


@pytest.mark.usefixtures("older_names_as_before")
@pytest.mark.parametrize("allow_tf32", [by_flags, by_older_names])
def test_a_device_is_chosen_with_full_precision(allow_tf32):
    allow_tf32()
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = False, True
    assert precision_now() == {"tf32"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        choose_device("cpu")
    assert precision_now() == {"ieee"}
    assert torch.backends.cudnn.deterministic
    assert not torch.backends.cudnn.benchmark
