import json

import pytest

from deepartist.process.errors import InputError
from deepartist.tables.tabulate_tags import main
from helpers import frame, score

AWKWARD = "{mine} | <all> $x$ _ % é"


def run_stage(folder, *options, suffixes=("csv", "md", "tex", "html"), title=AWKWARD):
    rows = [
        {**score(task, variant, 0.25, dataset="mine", model="my_clap"), "setting": setting}
        for task in ("auc", "ap")
        for variant, setting in (("test", "C = 10, tags = 1"), ("tag:<b>", "C = 10, tagged = 29"))
    ]
    frame(*rows, score("map", "all", 0.5)).to_csv(folder / "scores.csv", index=False)
    main(
        [
            *("--scores", str(folder / "scores.csv"), "--models", "my_clap"),
            *("--titles", "mine=" + json.dumps({"title": title}), *options),
            *("--out", *(str(folder / f"table6.{suffix}") for suffix in suffixes)),
        ]
    )


def test_stage_writes_every_form_and_escapes_titles(tmp_path, capsys):
    run_stage(tmp_path, "--left-out", "--vectors", "embedding", "multilevel")
    csv, markdown, latex, page = (
        (tmp_path / f"table6.{suffix}").read_text(encoding="utf-8")
        for suffix in ("csv", "md", "tex", "html")
    )
    assert csv == (
        "dataset,vectors,score,tags,songs,chance,my_clap\n"
        "mine,embedding,auc,1,290,0.5000,0.2500\n"
        "mine,embedding,ap,1,290,0.1000,0.2500\n"
    )
    # once in the grid and once in the note on chance
    assert markdown.count(r"{mine} \| \<all\> \$x\$ \_ % é") == 2
    assert latex.count(r"\{mine\} \textbar{} \textless{}all\textgreater{} \$x\$ \_ \% é") == 2
    assert page.count("{mine} | &lt;all&gt; $x$ _ % é") == 2
    assert markdown.startswith("**Table 6.** ") and markdown in capsys.readouterr().out
    assert r"\label{tab:tags}" in latex and r"my\_clap" in latex


def test_stage_writes_nothing_when_it_does_not_know_a_form(tmp_path):
    with pytest.raises(InputError, match=r"--out .*table6\.pdf: end it in \.csv, \.md, \.tex"):
        run_stage(tmp_path, suffixes=("csv", "pdf"))
    assert [path.name for path in tmp_path.iterdir()] == ["scores.csv"]
