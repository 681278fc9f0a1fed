"""Files that other programs read have the form that their published schemas ask for."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CITATION = (ROOT / "CITATION.cff", "vendor.citation-file-format")
WORKFLOWS = [
    (path, schema)
    for path in sorted((ROOT / ".github/workflows").glob("*.yml"))
    for schema in ("vendor.github-workflows", "custom.github-workflows-require-timeout")
]
# For each file a word without which it would be wrong.
NEEDED = {"CITATION.cff": "cff-version: 1.2.0\n", "tests.yml": "runs-on: ubuntu-latest\n"}


def check(path, schema):
    """Run `check-jsonschema`, which has the schemas with it."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.parametrize("path, schema", [CITATION, *WORKFLOWS])
def test_a_file_is_as_its_schema_asks(path, schema):
    checked = check(path, schema)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("path, schema", [CITATION, WORKFLOWS[0]])
def test_a_file_without_a_needed_key_is_not(path, schema, tmp_path):
    text, needed = path.read_text(encoding="utf-8"), NEEDED[path.name]
    assert needed in text
    (tmp_path / path.name).write_text(text.replace(needed, "\n"), encoding="utf-8")
    checked = check(tmp_path / path.name, schema)
    assert checked.returncode == 1
    assert "validation errors were encountered" in checked.stdout
