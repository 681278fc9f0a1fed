# Scores of the features on the targets.
# Settings of the intervals, which the SVM and the comparison need; the other settings of the block
# belong to k-NN and the linear softmax.
RESAMPLING = {key: RUN["evaluation"][key] for key in ("bootstrap_resamples", "seed", "resample")}
# Identification and tags have no use for the settings of the other classifiers either.
VECTORS_AND_RESAMPLING = {"vectors": RUN["evaluation"]["vectors"], **RESAMPLING}


rule score_features:
    input:
        features="results/embeddings/{model}/seed-{seed}/{target}.npz",
        labels="results/labels/{target}.csv",
    output:
        "results/scores/{model}/seed-{seed}/{target}.json",
    log:
        "results/logs/score_features/{model}-seed-{seed}-{target}.log",
    benchmark:
        "results/benchmarks/score_features/{model}-seed-{seed}-{target}.tsv"
    wildcard_constraints:
        target="|".join(PLAN.classified) or "-",
        model="|".join(model for model in PLAN.models if model != CLASSIFIED_BY_SVM),
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
        gpu=0,
    params:
        *fingerprint("scores.score_features"),
        **settings(RUN["evaluation"]),
    shell:
        "python -m deepartist.scores.score_features --features {input.features:q} --labels {input.labels:q} "
        "--dataset {wildcards.target} --model {wildcards.model} --seed {wildcards.seed} "
        "--out {output:q} "
        f"--set {options(RUN['evaluation'])} > {{log:q}} 2>&1"


rule score_svm:
    input:
        features="results/embeddings/librosa/seed-0/{target}.npz",
        labels="results/labels/{target}.csv",
    output:
        "results/scores/librosa/seed-0/{target}.json",
    log:
        "results/logs/score_svm/{target}.log",
    benchmark:
        "results/benchmarks/score_svm/{target}.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
        gpu=0,
    params:
        *fingerprint("scores.score_svm"),
        **settings(RESAMPLING),
    shell:
        "python -m deepartist.scores.score_svm --features {input.features:q} --labels {input.labels:q} "
        "--dataset {wildcards.target} --model librosa --seed 0 "
        "--out {output:q} "
        f"--set {options(RESAMPLING)} > {{log:q}} 2>&1"


rule score_identification:
    input:
        features="results/embeddings/{model}/seed-{seed}/{target}.npz",
        labels="results/labels/{target}.csv",
    output:
        "results/scores/{model}/seed-{seed}/{target}.json",
    log:
        "results/logs/score_identification/{model}-seed-{seed}-{target}.log",
    benchmark:
        "results/benchmarks/score_identification/{model}-seed-{seed}-{target}.tsv"
    wildcard_constraints:
        target="|".join(PLAN.identified) or "-",
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=240,
        gpu=0,
    params:
        *fingerprint("scores.score_identification"),
        **settings(VECTORS_AND_RESAMPLING),
        **settings(RUN["identification"], "identification"),
    shell:
        "python -m deepartist.scores.score_identification --features {input.features:q} --labels {input.labels:q} "
        "--dataset {wildcards.target} --model {wildcards.model} --seed {wildcards.seed} "
        "--out {output:q} "
        f"--set {options(VECTORS_AND_RESAMPLING)} --identification {options(RUN['identification'], 'identification')} > {{log:q}} 2>&1"


rule score_tags:
    input:
        features="results/embeddings/{model}/seed-{seed}/{target}.npz",
        labels="results/labels/{target}.csv",
    output:
        "results/scores/{model}/seed-{seed}/{target}.json",
    log:
        "results/logs/score_tags/{model}-seed-{seed}-{target}.log",
    benchmark:
        "results/benchmarks/score_tags/{model}-seed-{seed}-{target}.tsv"
    wildcard_constraints:
        target="|".join(PLAN.tagged) or "-",
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=240,
        gpu=0,
    params:
        *fingerprint("scores.score_tags"),
        **settings(VECTORS_AND_RESAMPLING),
    shell:
        "python -m deepartist.scores.score_tags --features {input.features:q} --labels {input.labels:q} "
        "--dataset {wildcards.target} --model {wildcards.model} --seed {wildcards.seed} "
        "--out {output:q} "
        f"--set {options(VECTORS_AND_RESAMPLING)} > {{log:q}} 2>&1"


rule gather_scores:
    input:
        PLAN.scores,
    output:
        report(
            "results/tables/scores.csv",
            caption="../report/scores_table.rst",
            category="Tables",
            labels={"table": "scores", "shows": "every score of this run"},
        ),
    log:
        "results/logs/gather_scores.log",
    benchmark:
        "results/benchmarks/gather_scores.tsv"
    localrule: True
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("scores.gather_scores"),
        *(f"model={model}" for model in PLAN.models),
        *(f"target={target}" for target in PLAN.targets),
        *(f"seed={seed}" for seed in RUN["seeds"]),
    shell:
        "python -m deepartist.scores.gather_scores --scores {input:q} --out {output:q} > {log:q} 2>&1"


rule compare_models:
    input:
        PLAN.compared_scores,
    output:
        report(
            "results/tables/differences.csv",
            caption="../report/differences.rst",
            category="Tables",
            labels={"table": "differences", "shows": "every two models, compared song by song"},
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
        *fingerprint("scores.compare_models"),
        tables=PLAN.table_models["1"],
        table4=PLAN.table_models["4"],
        left_out=PLAN.not_covered,
        resamples=f"--resamples {RESAMPLING['bootstrap_resamples']}",
        seed=f"--seed {RESAMPLING['seed']}",
    shell:
        "python -m deepartist.scores.compare_models --scores {input:q} --models {params.tables} "
        "--models {params.table4} --left-out {params.left_out} {params.resamples} {params.seed} --out {output:q} > {log:q} 2>&1"
