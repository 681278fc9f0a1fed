# The paper's tables. Tables 1 to 3 have a row per target and a column per model; table 4 has a row
# per model and a column per target.
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
            labels={"table": "table {number}"},
        ),
    log:
        "results/logs/write_table/{number}.log",
    benchmark:
        "results/benchmarks/write_table/{number}.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("tables.write_table"),
        **literal(settings(PLAN.titles, "title")),
        published=fingerprint_file("tables/published.csv"),
        models=lookup("{number}", within=PLAN.table_models),
        left_out=PLAN.not_covered,
        synthesised=[name for name in PLAN.targets if name in PLAN.demos],
    shell:
        "python -m deepartist.tables.write_table --number {wildcards.number} --scores {input:q} "
        "--models {params.models} --left-out {params.left_out} --synthesised {params.synthesised} "
        "--out {output:q} "
        f"--titles {options(PLAN.titles, 'title')} > {{log:q}} 2>&1"
