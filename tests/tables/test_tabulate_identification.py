import json

import pytest

from deepartist.process.errors import InputError
from deepartist.tables.tabulate_identification import main
from helpers import frame, score

AWKWARD = "{mine} | <all> $x$ _ % é"


def run_stage(folder, *options, suffixes=("csv", "md", "tex", "html"), title=AWKWARD):
    rows = [
        {**score(task, variant, 0.25, dataset="mine", model="my_clap"), "setting": "N = 9"}
        for task, variant in (("identify", "k=1"), ("identify", "k=2"), ("verify", "eer"))
    ]
    frame(*rows, score("map", "all", 0.5)).to_csv(folder / "scores.csv", index=False)
    main(
        [
            *("--scores", str(folder / "scores.csv"), "--models", "my_clap"),
            *("--titles", "mine=" + json.dumps({"title": title}), "none={}", *options),
            *("--out", *(str(folder / f"table5.{suffix}") for suffix in suffixes)),
        ]
    )


def test_stage_writes_every_form_and_escapes_titles(tmp_path, capsys):
    run_stage(tmp_path, "--left-out", "--vectors", "embedding", "multilevel")
    csv, markdown, latex, page = (
        (tmp_path / f"table5.{suffix}").read_text(encoding="utf-8")
        for suffix in ("csv", "md", "tex", "html")
    )
    assert csv == (
        "dataset,vectors,score,artists,songs,chance,my_clap\n"
        "mine,embedding,k=1,9,290,0.1111,0.2500\n"
        "mine,embedding,k=2,9,290,0.1111,0.2500\n"
        "mine,embedding,eer,9,290,0.5000,0.2500\n"
        "none,NA,NA,NA,NA,NA,NA\n"
    )
    # once in the grid and once in the note on chance
    assert markdown.count(r"{mine} \| \<all\> \$x\$ \_ % é") == 2
    assert latex.count(r"\{mine\} \textbar{} \textless{}all\textgreater{} \$x\$ \_ \% é") == 2
    assert page.count("{mine} | &lt;all&gt; $x$ _ % é") == 2
    assert markdown.startswith("**Table 5.** ") and markdown in capsys.readouterr().out
    assert r"\label{tab:identification}" in latex and r"my\_clap" in latex


def test_stage_writes_nothing_when_it_does_not_know_a_form(tmp_path):
    with pytest.raises(InputError, match=r"--out .*table5\.pdf: end it in \.csv, \.md, \.tex"):
        run_stage(tmp_path, suffixes=("csv", "pdf"))
    assert [path.name for path in tmp_path.iterdir()] == ["scores.csv"]
