# The paper's tables: a row per target, a column per model.
rule write_table:
    input:
        "results/tables/scores.csv",
    output:
        csv="results/tables/table{number}.csv",
        markdown="results/tables/table{number}.md",
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
        code=fingerprint("tables"),
        published=fingerprint_file("published.csv"),
        models=MODELS,
        rows=lambda wildcards: ROWS,
    shell:
        "python -m deepartist.tables --number {wildcards.number} --scores {input:q} "
        "--models {params.models} --rows {params.rows:q} --csv {output.csv:q} "
        "--markdown {output.markdown:q} > {log:q} 2>&1"
