"""A rule is where its name says, runs the module of its name, and carries that module's code."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from deepartist.config.baselines import FROM_MELS
from deepartist.config.kinds import KINDS
from deepartist.provenance.fingerprint import ROOT as PACKAGE
from helpers import stage_names

PROJECT = Path(__file__).parents[2]
FILES = sorted((PROJECT / "workflow/rules").glob("*.smk"))
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in FILES}
RULE = re.compile(r"^(?:use )?rule (\w+)(?: as (\w+) with)?:\n((?:    .*\n|\n)+)", re.MULTILINE)
# By name: the file of a rule, its text, and the rule that it is derived from, if any.
RULES = {
    inheriting or name: (stem, body, name if inheriting else None)
    for stem, text in TEXTS.items()
    for name, inheriting, body in RULE.findall(text)
}
# Rules that run a module of another name: one of a family, or that of another rule.
FAMILIES = {
    "write_manifest": "datasets.{params.kind}",
    "describe_mels": "embeddings.describe_{wildcards.baseline}",
    "embed_unseen": "embeddings.embed_songs",
}
MEMBERS = {f"datasets.{kind}" for kind in KINDS} | {f"embeddings.describe_{b}" for b in FROM_MELS}
# Modules with a main function that no rule runs.
FOR_PEOPLE = {"cli", "config.options"}


def command(rule):
    """The shell command of a rule, in one line."""
    _, body, derived_from = RULES[rule]
    if derived_from:
        return command(derived_from)
    return " ".join(re.findall(r'f?"(.*?)"\n', body.partition("    shell:\n")[2] + "\n"))


def module(rule):
    """The module that a rule runs, without the package's name."""
    (run,) = re.findall(r"python -m deepartist\.([\w.{}]+) ", command(rule))
    return run


def test_rules_are_found():
    n_declared = sum(len(re.findall("^(?:use )?rule ", t, re.MULTILINE)) for t in TEXTS.values())
    assert len(RULES) == n_declared > 25
    assert {"train_siamese", "write_manifest", "embed_unseen", "write_table"} <= RULES.keys()


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_rule_runs_the_module_of_its_name_in_the_folder_of_its_file(rule):
    assert module(rule) == FAMILIES.get(rule, f"{RULES[rule][0]}.{rule}")


def test_every_family_is_in_use():
    for rule, run in FAMILIES.items():
        assert module(rule) == run != f"{RULES[rule][0]}.{rule}"


# Their code depends on the model: the loss, and the tuning of an encoder, if it is used.
TRAININGS = {"train_basic", "train_siamese", "train_tag"}


@pytest.mark.parametrize("rule", sorted(RULES.keys() - FAMILIES.keys() - TRAININGS))
def test_a_rule_carries_the_code_of_its_module(rule):
    params = RULES[rule][1].partition("    params:\n")[2].partition("    shell:\n")[0]
    (fingerprinted,) = re.findall(r'^        \*fingerprint\(\s*"([\w.]+)"', params, re.MULTILINE)
    assert fingerprinted == module(rule)


def test_a_derived_rule_has_the_params_of_the_other():
    assert "params:" not in RULES["embed_unseen"][1]
    assert RULES["embed_unseen"][2] == "embed_songs"


def test_rules_of_families_carry_the_code_of_the_member_that_runs():
    manifest, mels = RULES["write_manifest"][1], RULES["describe_mels"][1]
    assert "fingerprint(f\"datasets.{DATASETS[name]['kind']}\")" in manifest
    assert 'kind=lookup("{dataset}/kind", within=DATASETS)' in manifest
    assert 'fingerprint(f"embeddings.describe_{name}") for name in FROM_MELS' in mels


def test_a_model_carries_the_code_of_its_training_and_of_its_loss():
    for rule in TRAININGS:
        kind = rule.removeprefix("train_")
        assert f'*fingerprint_by("{kind}", TRAINING_CODE["{kind}"]),' in RULES[rule][1]
    code = TEXTS["training"].partition("TRAINING_CODE = {")[2].partition("\n}\n")[0]
    assert 'f"training.train_{kind}"' in code
    assert "f\"training.losses.{block['loss']}\"" in code
    assert '["training.tune"] if block["init"] else []' in code


def test_every_stage_has_its_rule():
    run = {module(rule) for rule in RULES} - set(FAMILIES.values()) | MEMBERS
    assert run | {"embeddings.embed_songs"} == set(stage_names()) - FOR_PEOPLE


def test_rule_files_are_folders_of_the_package():
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert TEXTS.keys() - {"common"} <= folders
    included = re.findall(
        r'include: "workflow/rules/(\w+)\.smk"', (PROJECT / "Snakefile").read_text()
    )
    assert sorted(included) == sorted(TEXTS)


def test_every_data_file_that_a_rule_reads_is_in_it():
    files = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
        if "explorer" not in path.parts  # its page is of no rule
    }
    named = {
        name for text in TEXTS.values() for name in re.findall(r'fingerprint_file\("(.+?)"\)', text)
    }
    of_no_rule = {"downloads/downloads.yaml", "config/schema.yaml", "py.typed"}
    assert named == files - of_no_rule


def test_rule_files_import_nothing_heavy():
    """Every cluster job reads them again."""
    lines = [
        line
        for text in TEXTS.values()
        for line in re.findall(r"^(?:from|import) [^(]*?(?:\([^)]*\))?$", text, re.MULTILINE)
    ]
    assert "from pathlib import Path" in lines
    code = "\n".join([*lines, "import sys", "print(*sys.modules)"])
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = set(run.stdout.split())
    assert "deepartist.config.plan" in loaded
    assert not {"librosa", "numpy", "pandas", "scipy", "sklearn", "torch", "zarr"} & loaded


def test_private_parts_of_snakemake_are_few_each_with_its_reason():
    for text, private in (
        ((PROJECT / "Snakefile").read_text(), "workflow.dag"),
        ((PROJECT / "Snakefile").read_text(), "workflow.modifier"),
        (TEXTS["common"], "workflow.modifier"),
        (TEXTS["common"], "workflow.configfiles"),
        (TEXTS["common"], "workflow.config_settings"),
        (TEXTS["common"], "type(each) is WorkdirHandler"),
    ):
        before = text.partition(private)[0].splitlines()[-6:]
        assert any("Snakemake" in line for line in before if line.strip().startswith("#")), private
    texts = [(PROJECT / "Snakefile").read_text(), *TEXTS.values()]
    code = re.sub(r'".*?"', "", "".join(texts))
    used = set(re.findall(r"\bworkflow\.(\w+)", code))
    assert used == {"basedir", "config_settings", "configfiles", "dag", "modifier"}
