# The paper's tables. Tables 1 to 3 have a row per target and a column per model; table 4 has a row
# per model and a column per target.
# Targets whose music is not synthesised: the paper's figures of them can be compared with ours.
REAL = {
    target: titles
    for target, titles in CLASSIFIED.items()
    if PLAN.dataset_of[target] not in PLAN.demos
}

# What the report says that each of tables 1 to 4 shows.
SHOWN_IN_TABLE = {
    "1": "retrieval, mean average precision",
    "2": "k nearest neighbours, accuracy",
    "3": "linear softmax, accuracy",
    "4": "other methods beside ours",
}


rule write_table:
    input:
        "results/tables/scores.csv",
    output:
        csv="results/tables/table{number}.csv",
        markdown="results/tables/table{number}.md",
        latex="results/tables/table{number}.tex",
        page=report(
            "results/tables/table{number}.html",
            caption="../report/table.rst",
            category="Tables",
            labels=lambda wildcards: {
                "table": f"table {wildcards.number}",
                "shows": SHOWN_IN_TABLE[wildcards.number],
            },
        ),
    log:
        "results/logs/write_table/{number}.log",
    benchmark:
        "results/benchmarks/write_table/{number}.tsv"
    wildcard_constraints:
        number="[1234]",
    localrule: True
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("tables.write_table"),
        **literal(settings(CLASSIFIED, "title")),
        published=fingerprint_file("tables/published.csv"),
        models=lookup("{number}", within=PLAN.table_models),
        left_out=PLAN.not_covered,
        synthesised=[name for name in CLASSIFIED if PLAN.dataset_of[name] in PLAN.demos],
        vectors=RUN["evaluation"]["vectors"],
        kinds=PLAN.paper_kinds,
    shell:
        "python -m deepartist.tables.write_table --number {wildcards.number} --scores {input:q} "
        "--models {params.models} --left-out {params.left_out} --vectors {params.vectors} --kinds {params.kinds} --synthesised {params.synthesised} "
        "--out {output:q} "
        f"--titles {options(CLASSIFIED, 'title')} > {{log:q}} 2>&1"


rule tabulate_identification:
    input:
        "results/tables/scores.csv",
    output:
        csv="results/tables/table5.csv",
        markdown="results/tables/table5.md",
        latex="results/tables/table5.tex",
        page=report(
            "results/tables/table5.html",
            caption="../report/identification.rst",
            category="Tables",
            labels={"table": "table 5", "shows": "new artists, named from a few songs"},
        ),
    log:
        "results/logs/tabulate_identification.log",
    benchmark:
        "results/benchmarks/tabulate_identification.tsv"
    localrule: True
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("tables.tabulate_identification"),
        **literal(settings(IDENTIFIED, "title")),
        models=PLAN.table_models["5"],
        left_out=PLAN.not_covered,
        vectors=RUN["evaluation"]["vectors"],
    shell:
        "python -m deepartist.tables.tabulate_identification --scores {input:q} --models {params.models} "
        "--left-out {params.left_out} --vectors {params.vectors} --out {output:q} "
        f"--titles {options(IDENTIFIED, 'title')} > {{log:q}} 2>&1"


rule tabulate_tags:
    input:
        "results/tables/scores.csv",
    output:
        csv="results/tables/table6.csv",
        markdown="results/tables/table6.md",
        latex="results/tables/table6.tex",
        page=report(
            "results/tables/table6.html",
            caption="../report/tags.rst",
            category="Tables",
            labels={"table": "table 6", "shows": "tags, areas under curves and precision"},
        ),
    log:
        "results/logs/tabulate_tags.log",
    benchmark:
        "results/benchmarks/tabulate_tags.tsv"
    localrule: True
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("tables.tabulate_tags"),
        **literal(settings(TAGGED, "title")),
        models=PLAN.table_models["6"],
        left_out=PLAN.not_covered,
        vectors=RUN["evaluation"]["vectors"],
    shell:
        "python -m deepartist.tables.tabulate_tags --scores {input:q} --models {params.models} "
        "--left-out {params.left_out} --vectors {params.vectors} --out {output:q} "
        f"--titles {options(TAGGED, 'title')} > {{log:q}} 2>&1"


rule compare_untrained:
    input:
        scores="results/tables/scores.csv",
        differences=["results/tables/differences.csv"] if CLASSIFIED else [],
    output:
        "results/tables/untrained.txt",
    log:
        "results/logs/compare_untrained.log",
    benchmark:
        "results/benchmarks/compare_untrained.tsv"
    localrule: True
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("tables.compare_untrained"),
        **literal(settings(PLAN.titles, "title")),
        trained=PLAN.trained,
        untrained=[UNTRAINED, *FROM_MELS],
    shell:
        "python -m deepartist.tables.compare_untrained --scores {input.scores:q} "
        "--differences {input.differences:q} --trained {params.trained} "
        "--untrained {params.untrained} --out {output:q} "
        f"--titles {options(PLAN.titles, 'title')} > {{log:q}} 2>&1"


rule write_reproduction:
    input:
        "results/tables/scores.csv",
    output:
        csv="results/tables/reproduction.csv",
        markdown="results/tables/reproduction.md",
        page=report(
            "results/tables/reproduction.html",
            caption="../report/reproduction.rst",
            category="Tables",
            labels={"table": "reproduction", "shows": "the paper's figures beside ours"},
        ),
    log:
        "results/logs/write_reproduction.log",
    benchmark:
        "results/benchmarks/write_reproduction.tsv"
    localrule: True
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("tables.write_reproduction"),
        **literal(settings(REAL, "title")),
        published=fingerprint_file("tables/published.csv"),
        models=PLAN.reproduced,
    shell:
        "python -m deepartist.tables.write_reproduction --scores {input:q} --models {params.models} "
        "--out {output:q} "
        f"--titles {options(REAL, 'title')} > {{log:q}} 2>&1"


# What each trained model is and is worth, beside it.


rule write_card:
    input:
        model="results/models/{trained}/seed-{seed}/model.json",
        history="results/models/{trained}/seed-{seed}/history.csv",
        split=lookup("{trained}", within=PLAN.split_of),
        scores="results/tables/scores.csv",
    output:
        "results/models/{trained}/seed-{seed}/card.md",
    log:
        "results/logs/write_card/{trained}-seed-{seed}.log",
    benchmark:
        "results/benchmarks/write_card/{trained}-seed-{seed}.tsv"
    localrule: True
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("tables.write_card"),
        **literal(settings(PLAN.titles, "title")),
        data=literal_word(PLAN.sources),
        baselines=[UNTRAINED, *FROM_MELS],
    shell:
        "python -m deepartist.tables.write_card --name {wildcards.trained} --model {input.model:q} "
        "--history {input.history:q} --split {input.split:q} --scores {input.scores:q} "
        "--data {params.data:q} --baselines {params.baselines} --out {output:q} "
        f"--titles {options(PLAN.titles, 'title')} > {{log:q}} 2>&1"
