# Labels of the targets, and what the features are worth on them.
rule label_target:
    input:
        clips="results/clips/{dataset}.csv",
        source_split=lookup("{dataset}", within=TARGET_SOURCE_SPLIT),
    output:
        "results/labels/{dataset}.csv",
    log:
        "results/logs/label_target/{dataset}.log",
    benchmark:
        "results/benchmarks/label_target/{dataset}.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
        gpu=0,
    params:
        code=fingerprint("targets"),
        settings=lookup("{dataset}", within=TARGET_SETTINGS),
    shell:
        "python -m deepartist.targets --manifest {input.clips:q} "
        "--source-split {input.source_split:q} --out {output:q} "
        "--set {params.settings:q} > {log:q} 2>&1"


rule score_features:
    input:
        features="results/embeddings/{model}/seed-{seed}/{dataset}.npz",
        labels="results/labels/{dataset}.csv",
    output:
        "results/scores/{model}/seed-{seed}/{dataset}.json",
    log:
        "results/logs/score_features/{model}-seed-{seed}-{dataset}.log",
    benchmark:
        "results/benchmarks/score_features/{model}-seed-{seed}-{dataset}.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
        gpu=0,
    params:
        code=fingerprint("evaluate"),
        settings=to_words(RUN["evaluation"]),
    shell:
        "python -m deepartist.evaluate --features {input.features:q} --labels {input.labels:q} "
        "--dataset {wildcards.dataset} --model {wildcards.model} --seed {wildcards.seed} "
        "--out {output:q} --set {params.settings:q} > {log:q} 2>&1"


rule gather_scores:
    input:
        SCORES,
    output:
        "results/tables/scores.csv",
    log:
        "results/logs/gather_scores.log",
    benchmark:
        "results/benchmarks/gather_scores.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    params:
        code=fingerprint("scores"),
    shell:
        "python -m deepartist.scores --scores {input:q} --out {output:q} > {log:q} 2>&1"


rule compare_models:
    input:
        TABLE_SCORES,
    output:
        "results/tables/differences.csv",
    log:
        "results/logs/compare_models.log",
    benchmark:
        "results/benchmarks/compare_models.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
        gpu=0,
    params:
        code=fingerprint("differences"),
        models=MODELS,
        resamples=RUN["evaluation"]["bootstrap_resamples"],
        seed=RUN["evaluation"]["seed"],
    shell:
        "python -m deepartist.differences --scores {input:q} --models {params.models} "
        "--resamples {params.resamples} --seed {params.seed} --out {output:q} > {log:q} 2>&1"
