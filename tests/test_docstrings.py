"""Docstrings name the parameters that functions have, by numpydoc's own checks."""

import importlib
import inspect
import pkgutil

import pytest
from numpydoc.validate import validate

import deepartist

# Undocumented and unknown parameters, unknown sections, their order; a summary that ends without a
# full stop, or is not a sentence in the imperative.
CODES = {"PR01", "PR02", "GL06", "GL07", "SS03", "SS05"}


def names_of_modules():
    modules = pkgutil.walk_packages(deepartist.__path__, "deepartist.")
    return sorted(module.name for module in modules if "node_modules" not in module.name)


def faults(module_name):
    module = importlib.import_module(module_name)
    for name, value in vars(module).items():
        is_own = getattr(value, "__module__", None) == module_name
        is_documented = inspect.isfunction(value) or inspect.isclass(value)
        if name.startswith("_") or not is_own or not is_documented:
            continue
        has_section = "Parameters\n" in (inspect.getdoc(value) or "")
        for code, text in validate(f"{module_name}.{name}")["errors"]:
            # A function whose parameters need no word has no such section.
            if code in CODES and (has_section or code != "PR01"):
                yield f"{name}: {text}"


@pytest.mark.parametrize("module_name", names_of_modules())
def test_docstrings_agree_with_signatures(module_name):
    assert list(faults(module_name)) == []


def test_a_parameter_that_is_not_named_is_found(tmp_path, monkeypatch):
    docstring = '"""Scale values.\n\n    Parameters\n    ----------\n    values : list\n    """'
    (tmp_path / "scaling.py").write_text(f"def scale(values, factor):\n    {docstring}\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert list(faults("scaling")) == ["scale: Parameters {'factor'} not documented"]
