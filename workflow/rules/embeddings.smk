# Song vectors of the targets.
rule embed_songs:
    input:
        model="results/models/{model}/seed-{seed}/model.json",
        weights="results/models/{model}/seed-{seed}/model.safetensors",
        clips="results/clips/{dataset}.csv",
        shards=lookup("{dataset}", within=SHARDS),
    output:
        "results/embeddings/{model}/seed-{seed}/{dataset}.npz",
    log:
        "results/logs/embed_songs/{model}-seed-{seed}-{dataset}.log",
    benchmark:
        "results/benchmarks/embed_songs/{model}-seed-{seed}-{dataset}.tsv"
    wildcard_constraints:
        model=r"(basic|siamese|tag)-\d+|random",
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=8000,
        runtime=120,
        gpu=GPUS,
    params:
        code=fingerprint("embed"),
        device=DEVICE,
    shell:
        "python -m deepartist.embed --model $(dirname {input.model:q}) --clips {input.clips:q} "
        "--shards {input.shards:q} --device {params.device} --out {output:q} > {log:q} 2>&1"


rule describe_mfcc:
    input:
        clips="results/clips/{dataset}.csv",
        labels="results/labels/{dataset}.csv",
        shards=lookup("{dataset}", within=SHARDS),
    output:
        "results/embeddings/mfcc/seed-0/{dataset}.npz",
    log:
        "results/logs/describe_mfcc/{dataset}.log",
    benchmark:
        "results/benchmarks/describe_mfcc/{dataset}.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=8000,
        runtime=60,
        gpu=0,
    params:
        code=fingerprint("mfcc"),
    shell:
        "python -m deepartist.mfcc --clips {input.clips:q} --labels {input.labels:q} "
        "--shards {input.shards:q} --out {output:q} > {log:q} 2>&1"
