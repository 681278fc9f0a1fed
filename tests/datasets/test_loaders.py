"""What all loaders have in common."""

import pytest

from deepartist.datasets import command, fma, gtzan, jamendo, library, magnatagatune, msd, table
from deepartist.datasets.manifest import read_manifest
from deepartist.process.errors import InputError
from samples import touch

LOADERS = {
    "msd": msd,
    "gtzan": gtzan,
    "fma": fma,
    "jamendo": jamendo,
    "table": table,
    "library": library,
    "magnatagatune": magnatagatune,
}


@pytest.mark.parametrize("kind", LOADERS)
def test_missing_data_names_folder_kind_and_what_is_expected(kind, tmp_path):
    further = {"table": "table.tsv"} if kind == "jamendo" else {}
    with pytest.raises(InputError) as caught:
        LOADERS[kind].load(str(tmp_path / "nowhere"), **further)
    assert str(tmp_path / "nowhere") in str(caught.value)
    assert f"'{kind}'" in str(caught.value)
    assert "expects" in str(caught.value)


@pytest.mark.parametrize("kind", LOADERS)
def test_the_command_needs_a_path(kind, tmp_path):
    words = ["--manifest", str(tmp_path / "m.csv"), "--set", f"kind={kind}"]
    with pytest.raises(InputError, match="path: missing"):
        LOADERS[kind].main(words)


def test_the_command_writes_a_manifest_and_ignores_other_settings(tmp_path, monkeypatch):
    touch(tmp_path / "data" / "genres" / "blues" / "blues.00029.wav")
    (tmp_path / "l.yaml").write_text("train: {blues: 29}\nvalid: {}\ntest: {rock: 10}\n")
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "new" / "gtzan.csv"
    gtzan.main(
        ["--manifest", str(out), "--set", "kind=gtzan", 'path="data"', "lists=l.yaml", "shards=3"]
    )
    manifest = read_manifest(out)
    assert manifest["path"].tolist() == [
        "data/genres/blues/blues.00029.wav",
        "data/genres/rock/rock.00010.wav",
    ]
    assert [path.name for path in out.parent.iterdir()] == ["gtzan.csv"]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], ""),
        (["a", "b", "c"], "3 songs lost: a, b, c\n"),
        (["a", "b", "c", "d"], "4 songs lost: a, b, c, …\n"),
        (["a\n2 found: \x1b[2Jb"], "1 song lost: a 2 found: [2Jb\n"),
    ],
)
def test_a_report_is_one_line_whatever_the_names(names, said, capsys):
    command.report("song", "lost", names)
    assert capsys.readouterr().err == said
