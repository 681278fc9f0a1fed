"""The data sets of a config, as the doctor loads them."""

import importlib
import inspect

import pytest

from deepartist.config.kinds import KINDS
from deepartist.config.run import DEMO_KEYS
from deepartist.config.settings import load_schema
from deepartist.doctor.data import OTHER_KEYS


@pytest.mark.parametrize("kind", KINDS)
def test_each_loader_takes_the_keys_of_its_kind(kind):
    keys = set(load_schema()["$defs"][f"dataset_{kind}"]["properties"])
    module = importlib.import_module(f"deepartist.datasets.{kind}")
    taken = set(inspect.signature(module.load).parameters)
    assert taken == keys - {*OTHER_KEYS, *DEMO_KEYS}
