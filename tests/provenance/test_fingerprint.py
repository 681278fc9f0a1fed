import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from deepartist.provenance import fingerprint as code
from deepartist.provenance.fingerprint import fingerprint, fingerprint_data, fingerprint_file
from helpers import stage_names

PROJECT = Path(__file__).parents[2]
STAGES = stage_names()
# Commands for people, which no rule runs.
RULE_STAGES = set(STAGES) - {"cli", "commands.doctor", "config.options"}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the package to edit, with nothing remembered of the real one."""
    root = tmp_path / "deepartist"
    shutil.copytree(code.ROOT, root, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(code, "ROOT", root)
    code._read_module.cache_clear()
    yield root
    code._read_module.cache_clear()


@pytest.fixture(scope="module")
def unedited():
    """The hashes of each stage of the package."""
    return {stage: hashes(stage) for stage in STAGES}


def write(path, text):
    """Edit a module; a new process would read it anew."""
    path.write_text(text, encoding="utf-8")
    code._read_module.cache_clear()


def hashes(*stages):
    """Fingerprint stages: the hash of each module that they are made of, by its name."""
    entries = (entry.partition("=") for entry in fingerprint(*stages))
    return {module.removeprefix("deepartist."): digest for module, _, digest in entries}


def differing(before, after):
    return {
        module for module in before.keys() | after.keys() if before.get(module) != after.get(module)
    }


# what counts as a change

MODULE = '''"""What the module does."""

from deepartist.mels import mel

SIZES = (1, 2)  # two


class Sampler:
    """A class."""

    def draw(self, n=3):
        """Draw."""
        return [mel, "a", n]
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# two", "# no more than two"),
        ("  # two", ""),
        ("What the module does.", "Something else."),
        ('    """A class."""\n\n', ""),
        ('"""Draw."""', "'''Draw a sample.\n\n        At length.\n        '''"),
        ("\n\n\n", "\n\n\n\n\n# ----\n"),
        ('"a"', "'a'"),
        ("(1, 2)", "(\n    1,\n    2,\n)"),
        ("(1, 2)", "1, 2"),
        ("    return", "    # why\n        return"),
    ],
)
def test_words_and_layout_do_not_count(package, old, new):
    path = package / "sample.py"
    write(path, MODULE)
    before = hashes("sample")
    assert MODULE.count(old) >= 1
    write(path, MODULE.replace(old, new))
    assert hashes("sample") == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(1, 2)", "(1, 3)"),
        ("(1, 2)", "[1, 2]"),
        ("SIZES", "SIZE"),
        ('"a"', '"b"'),
        ('"a"', 'b"a"'),
        ("n=3", "n=4"),
        ("n=3", "n=3.0"),
        ("self, n", "self, *, n"),
        ("[mel,", "['mel',"),
        ('        return [mel, "a", n]', "        '''Draw.'''; return"),
        ("class Sampler:", "@final\nclass Sampler:"),
    ],
)
def test_code_counts(package, old, new):
    path = package / "sample.py"
    write(path, MODULE)
    before = hashes("sample")
    assert MODULE.count(old) >= 1
    write(path, MODULE.replace(old, new))
    assert differing(before, hashes("sample")) == {"sample"}


def test_the_whole_package_without_its_comments_is_the_same(package):
    before = hashes(*STAGES)
    assert len(before) > 40
    for path in package.rglob("*.py"):
        write(path, ast.unparse(ast.parse(path.read_text(encoding="utf-8"))))
    assert hashes(*STAGES) == before


# what is followed


@pytest.mark.parametrize(
    "line",
    [
        "import deepartist.deep.used",
        "import deepartist.deep.used as u",
        "from deepartist.deep import used",
        "from deepartist.deep import used as u, other",
        "from deepartist.deep.used import thing",
        "def f():\n    from deepartist.deep.used import thing",
        "def f():\n    async def g():\n        import deepartist.deep.used",
        "if SOMETHING:\n    from deepartist.deep import used",
        "try:\n    import numpy\nexcept ImportError:\n    import deepartist.deep.used",
        "from deepartist import between",
    ],
)
def test_imports_of_every_form_are_followed(package, line):
    (package / "deep").mkdir()
    for name in ("__init__", "used", "other"):
        write(package / "deep" / f"{name}.py", "thing = 1\n")
    write(package / "between.py", "from deepartist.deep.used import thing\n")
    write(package / "sample.py", f"{line}\n")
    before = hashes("sample")
    write(package / "deep" / "used.py", "thing = 2\n")
    assert differing(before, hashes("sample")) == {"deep.used"}


def test_what_is_not_of_the_package_is_not_followed(package):
    write(
        package / "sample.py",
        "import numpy\nfrom torch import nn\nimport deepartist\nimport deepartists.mel\n"
        "from deepartist.mels.mel import log_mel\nfrom deepartist import nothing_there\n",
    )
    assert list(hashes("sample")) == ["constants", "mels.mel", "sample"]


def test_modules_may_import_each_other(package):
    write(package / "one.py", "import deepartist.two\n")
    write(package / "two.py", "def f():\n    import deepartist.one\n")
    assert list(hashes("one")) == ["one", "two"]


def test_a_package_counts_by_its_init(package):
    before = hashes("datasets.msd")
    write(package / "datasets" / "__init__.py", "X = 1\n")
    assert differing(before, hashes("datasets.msd")) == {"datasets"}


@pytest.mark.parametrize(
    "line", ["from . import mel", "from .mel import log_mel", "from .. import x"]
)
def test_relative_imports_are_refused(package, line):
    write(package / "sample.py", f"X = 1\n{line}\n")
    with pytest.raises(SyntaxError, match="relative import in line 2; write the full name"):
        fingerprint("sample")


@pytest.mark.parametrize("stage", ["nothing", "datasets.nothing", "mel.log_mel"])
def test_a_module_that_is_not_there_is_named(stage):
    with pytest.raises(ModuleNotFoundError, match=f"deepartist.{stage} is not a module"):
        fingerprint(stage)


def test_several_stages_are_the_union_sorted():
    both = fingerprint("scores.stats", "tables.write_table", "mels.clip")
    assert both == sorted(
        {
            *fingerprint("scores.stats"),
            *fingerprint("tables.write_table"),
            *fingerprint("mels.clip"),
        }
    )
    assert all(re.fullmatch(r"deepartist\.[\w.]+=[0-9a-f]{12}", entry) for entry in both)


def test_a_data_file_counts_by_its_bytes(package):
    before = fingerprint_file("tables/published.csv")
    assert re.fullmatch(r"tables/published\.csv=[0-9a-f]{12}", before)
    path = package / "tables/published.csv"
    path.write_bytes(path.read_bytes())
    assert fingerprint_file("tables/published.csv") == before
    path.write_bytes(path.read_bytes() + b"\n")
    assert fingerprint_file("tables/published.csv") != before


def test_lists_of_the_user_s_count_by_their_bytes(tmp_path):
    path = tmp_path / "clips.csv"
    path.write_text("a\n")
    (before,) = fingerprint_data([str(path)])
    assert re.fullmatch(r"clips\.csv=[0-9a-f]{12}", before)
    os.utime(path, (0, 0))
    assert fingerprint_data([path]) == [before]
    path.write_text("b\n")
    os.utime(path, (0, 0))
    assert fingerprint_data([path]) != [before]
    assert fingerprint_data([tmp_path / "nothing.csv"]) == ["nothing.csv="]


# how far an edit reaches


@pytest.mark.parametrize(
    ("module", "reached"),
    [
        (
            "figures.style",
            {
                "figures.draw_curves",
                "figures.draw_genres",
                "figures.draw_map",
                "figures.draw_scores",
            }
            | {"figures.draw_spectrograms"},
        ),
        ("tables.write_table", {"tables.write_table"}),
        ("tables.text", {"tables.write_table"}),
        (
            "scores.gather_scores",
            {
                "scores.gather_scores",
                "tables.write_table",
                "figures.draw_curves",
                "figures.draw_genres",
                "figures.draw_scores",
            },
        ),
        (
            "figures.seed_means",
            {"figures.draw_curves", "figures.draw_genres", "figures.draw_scores"},
        ),
        ("scores.retrieval", {"scores.score_features"}),
        ("scores.outcomes", {"scores.score_features", "scores.score_svm"}),
        (
            "splits.labels",
            {"scores.score_features", "figures.draw_spectrograms", "embeddings.describe_mfcc"}
            | {"embeddings.describe_librosa", "scores.score_svm", "embeddings.import_features"},
        ),
        (
            "embeddings.features",
            {"embeddings.embed_songs", "scores.score_features", "embeddings.describe_mfcc"}
            | {
                "embeddings.describe_librosa",
                "scores.score_svm",
                "figures.map_songs",
                "embeddings.import_features",
            },
        ),
        ("models.encoder", {"embeddings.embed_songs", "training.train", "training.make_random"}),
        ("models.authors", set()),
        ("training.losses", {"training.train"}),
        ("training.songs", {"training.train", "training.make_random"}),
        ("splits.label_target", {"splits.label_target"}),
        ("splits.split_artists", {"splits.split_artists"}),
        (
            "splits.split_table",
            {"splits.split_artists", "splits.label_target", "splits.choose_unseen"},
        ),
        ("mels.mel", {"mels.make_shard"}),
        ("mels.audio", {"mels.make_shard", "embeddings.describe_librosa"}),
        ("datasets.audio_files", {"datasets.library"}),
        ("demo.synthesiser.instruments", {"demo.synthesise_corpus"}),
        ("provenance.origin", set()),
        ("config.run", set()),
        ("doctor.file_checks", set()),
    ],
)
def test_an_edit_reaches_these_stages_and_no_others(package, unedited, module, reached):
    path = package.joinpath(*module.split(".")).with_suffix(".py")
    write(path, path.read_text(encoding="utf-8") + "\nEDITED = 1\n")
    changes = {stage: differing(unedited[stage], hashes(stage)) for stage in RULE_STAGES}
    assert {stage for stage, modules in changes.items() if modules} == reached
    assert all(modules == {module} for modules in changes.values() if modules)


# the rules

TEXTS = {path.stem: path.read_text() for path in (PROJECT / "workflow" / "rules").glob("*.smk")}
RULES = {
    name: body
    for text in TEXTS.values()
    for name, body in re.findall(r"^rule (\w+):\n((?:    .*\n|\n)+)", text, re.MULTILINE)
}


def test_rules_are_found():
    assert len(RULES) == sum(
        len(re.findall("^rule ", text, re.MULTILINE)) for text in TEXTS.values()
    )
    assert {"train_siamese", "write_manifest", "write_table"} <= RULES.keys()


@pytest.mark.parametrize("rule", sorted(RULES.keys() - {"write_manifest"}))
def test_a_rule_carries_the_code_of_the_stage_it_runs(rule):
    (fingerprinted,) = re.findall(r'code=fingerprint\("([\w.]+)"\),', RULES[rule])
    (run,) = re.findall(r"python -m deepartist\.([\w.]+) ", RULES[rule])
    assert fingerprinted == run
    assert run in STAGES


def test_the_rule_of_the_loaders_carries_the_code_of_its_kind():
    # here data sets differ, so the names are made of their kinds
    assert 'code=lookup("{dataset}", within=LOADER_CODE)' in RULES["write_manifest"]
    assert 'kind=lookup("{dataset}", within=LOADER_KIND)' in RULES["write_manifest"]
    assert '"python -m deepartist.datasets.{params.kind} ' in RULES["write_manifest"]
    assert "fingerprint(f\"datasets.{block['kind']}\")" in TEXTS["common"]
    schema = yaml.safe_load((PROJECT / "workflow/deepartist/config/schema.yaml").read_text())
    kinds = schema["properties"]["datasets"]["additionalProperties"]["properties"]["kind"]["enum"]
    assert {f"datasets.{kind}" for kind in kinds} == {
        stage for stage in STAGES if stage.startswith("datasets.")
    }


def test_every_stage_has_its_rule():
    run = {
        stage for body in RULES.values() for stage in re.findall(r"-m deepartist\.([\w.]+) ", body)
    }
    loaders = {stage for stage in STAGES if stage.startswith("datasets.")}
    assert run | loaders == RULE_STAGES


def test_every_data_file_of_the_package_is_in_a_rule():
    files = {
        path.relative_to(code.ROOT).as_posix()
        for path in code.ROOT.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    named = {
        name for text in TEXTS.values() for name in re.findall(r'fingerprint_file\("(.+?)"\)', text)
    }
    assert named == files - {"downloads/downloads.yaml", "config/schema.yaml"}


def test_rule_files_import_nothing_heavy():
    """Every cluster job reads them again."""
    lines = [
        line
        for text in TEXTS.values()
        for line in re.findall(r"^(?:from|import) .*", text, re.MULTILINE)
    ]
    assert "from pathlib import Path" in lines
    code = "\n".join([*lines, "import sys", "print(*sys.modules)"])
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {"librosa", "numpy", "scipy", "sklearn", "torch", "zarr"} & set(run.stdout.split())
