# What the features are worth on the targets.
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
    wildcard_constraints:
        model="|".join(model for model in ALL_MODELS if model != "librosa"),
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
        gpu=0,
    params:
        code=fingerprint("scores.score_features"),
        settings=to_words(RUN["evaluation"]),
    shell:
        "python -m deepartist.scores.score_features --features {input.features:q} --labels {input.labels:q} "
        "--dataset {wildcards.dataset} --model {wildcards.model} --seed {wildcards.seed} "
        "--out {output:q} --set {params.settings:q} > {log:q} 2>&1"


rule score_svm:
    input:
        features="results/embeddings/librosa/seed-0/{dataset}.npz",
        labels="results/labels/{dataset}.csv",
    output:
        "results/scores/librosa/seed-0/{dataset}.json",
    log:
        "results/logs/score_svm/{dataset}.log",
    benchmark:
        "results/benchmarks/score_svm/{dataset}.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
        gpu=0,
    params:
        code=fingerprint("scores.score_svm"),
        settings=to_words(RESAMPLING),
    shell:
        "python -m deepartist.scores.score_svm --features {input.features:q} --labels {input.labels:q} "
        "--dataset {wildcards.dataset} --model librosa --seed 0 "
        "--out {output:q} --set {params.settings:q} > {log:q} 2>&1"


rule gather_scores:
    input:
        SCORES,
    output:
        report(
            "results/tables/scores.csv",
            caption="../report/scores_table.rst",
            category="Tables",
            labels={"table": "scores"},
        ),
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
        code=fingerprint("scores.gather_scores"),
        models=ALL_MODELS,
        targets=list(TARGETS),
        seeds=[f"seed-{seed}" for seed in SEEDS],
    shell:
        "python -m deepartist.scores.gather_scores --scores {input:q} --out {output:q} > {log:q} 2>&1"


rule compare_models:
    input:
        COMPARED_SCORES,
    output:
        report(
            "results/tables/differences.csv",
            caption="../report/differences.rst",
            category="Tables",
            labels={"table": "differences"},
        ),
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
        code=fingerprint("scores.compare_models"),
        tables=MODELS,
        table4=METHODS,
        left_out=LEFT_OUT,
        resamples=f"--resamples {RESAMPLING['bootstrap_resamples']}",
        seed=f"--seed {RESAMPLING['seed']}",
    shell:
        "python -m deepartist.scores.compare_models --scores {input:q} --models {params.tables} "
        "--models {params.table4} --left-out {params.left_out} {params.resamples} {params.seed} --out {output:q} > {log:q} 2>&1"
