# Log-mel shards, and lists of the clips that were decoded and of those that were left out.
N_SHARDS = {name: f"--shards {block['shards']}" for name, block in DATASETS.items()}


rule make_shard:
    input:
        "results/manifests/{dataset}.csv",
    output:
        mel=directory("results/mels/{dataset}/shard-{shard}/mel.zarr"),
        index="results/mels/{dataset}/shard-{shard}/shard.json",
    log:
        "results/logs/make_shard/{dataset}-{shard}.log",
    benchmark:
        "results/benchmarks/make_shard/{dataset}-{shard}.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=8000,
        runtime=120,
        gpu=0,
    params:
        *fingerprint("mels.make_shard"),
        listing=lookup("{dataset}", within=LISTINGS),
        shards=lookup("{dataset}", within=N_SHARDS),
        excerpt=lookup("{dataset}", within=EXCERPT),
    shell:
        "python -m deepartist.mels.make_shard --manifest {input:q} --shard {wildcards.shard} "
        "{params.shards} {params.excerpt} --out $(dirname {output.index:q}) > {log:q} 2>&1"


rule list_clips:
    input:
        manifest="results/manifests/{dataset}.csv",
        shards=lookup("{dataset}", within=PLAN.shards),
    output:
        clips="results/clips/{dataset}.csv",
        failures="results/clips/{dataset}.failures.csv",
    log:
        "results/logs/list_clips/{dataset}.log",
    benchmark:
        "results/benchmarks/list_clips/{dataset}.tsv"
    localrule: True
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("mels.list_clips"),
        max_failed_fraction=f"--max-failed-fraction {RUN['max_failed_fraction']}",
    shell:
        "python -m deepartist.mels.list_clips --dataset {wildcards.dataset} --manifest {input.manifest:q} "
        "--shards {input.shards:q} {params.max_failed_fraction} "
        "--clips {output.clips:q} --failures {output.failures:q} > {log:q} 2>&1"


rule gather_failures:
    input:
        [
            f"results/clips/{dataset}.failures.csv"
            for dataset in PLAN.datasets
            if dataset not in PLAN.parts
        ],
    output:
        report(
            "results/tables/failures.csv",
            caption="../report/failures.rst",
            category="Tables",
            labels={"table": "failures", "shows": "clips left out, and why"},
        ),
    log:
        "results/logs/gather_failures.log",
    benchmark:
        "results/benchmarks/gather_failures.tsv"
    localrule: True
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("mels.gather_failures"),
    shell:
        "python -m deepartist.mels.gather_failures {input:q} --out {output:q} > {log:q} 2>&1"
