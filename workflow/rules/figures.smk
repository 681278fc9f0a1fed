# Pictures of what went in and of what came out.
rule draw_scores:
    input:
        "results/tables/scores.csv",
    output:
        png="results/figures/scores.png",
        svg="results/figures/scores.svg",
    log:
        "results/logs/draw_scores.log",
    benchmark:
        "results/benchmarks/draw_scores.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    params:
        code=fingerprint("figure_scores"),
        models=MODELS,
        rows=lambda wildcards: ROWS,
    shell:
        "python -m deepartist.figure_scores --scores {input:q} --models {params.models} "
        "--rows {params.rows:q} --out {output:q} > {log:q} 2>&1"


rule draw_curves:
    input:
        "results/tables/scores.csv",
    output:
        png="results/figures/figure{number}.png",
        svg="results/figures/figure{number}.svg",
    log:
        "results/logs/draw_curves/{number}.log",
    benchmark:
        "results/benchmarks/draw_curves/{number}.tsv"
    wildcard_constraints:
        number="[234]",
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    params:
        code=fingerprint("figure_curves"),
        models=CURVE_MODELS,
        rows=lambda wildcards: ROWS,
    shell:
        "python -m deepartist.figure_curves --number {wildcards.number} --scores {input:q} "
        "--models {params.models} --rows {params.rows:q} --out {output:q} > {log:q} 2>&1"


rule draw_spectrograms:
    input:
        clips="results/clips/{dataset}.csv",
        labels="results/labels/{dataset}.csv",
        shards=lookup("{dataset}", within=SHARDS),
    output:
        png="results/figures/spectrograms_{dataset}.png",
        svg="results/figures/spectrograms_{dataset}.svg",
    log:
        "results/logs/draw_spectrograms/{dataset}.log",
    benchmark:
        "results/benchmarks/draw_spectrograms/{dataset}.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
        gpu=0,
    params:
        code=fingerprint("figure_spectrograms"),
    shell:
        "python -m deepartist.figure_spectrograms --clips {input.clips:q} --labels {input.labels:q} "
        "--shards {input.shards:q} --out {output:q} > {log:q} 2>&1"
