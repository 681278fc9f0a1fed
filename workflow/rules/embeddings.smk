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
        code=fingerprint("embeddings.embed_songs"),
        device=f"--device {DEVICE}",
    shell:
        "python -m deepartist.embeddings.embed_songs --model $(dirname {input.model:q}) --clips {input.clips:q} "
        "--shards {input.shards:q} {params.device} --out {output:q} > {log:q} 2>&1"


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
        code=fingerprint("embeddings.describe_mfcc"),
    shell:
        "python -m deepartist.embeddings.describe_mfcc --clips {input.clips:q} --labels {input.labels:q} "
        "--shards {input.shards:q} --out {output:q} > {log:q} 2>&1"


rule embed_unseen:
    input:
        model="results/models/{model}/seed-{seed}/model.json",
        weights="results/models/{model}/seed-{seed}/model.safetensors",
        clips=UNSEEN,
        shards=SHARDS[SOURCE],
    output:
        "results/embeddings/{model}/seed-{seed}/unseen-artists.npz",
    log:
        "results/logs/embed_unseen/{model}-seed-{seed}.log",
    benchmark:
        "results/benchmarks/embed_unseen/{model}-seed-{seed}.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=8000,
        runtime=120,
        gpu=GPUS,
    params:
        code=fingerprint("embeddings.embed_songs"),
        device=f"--device {DEVICE}",
    shell:
        "python -m deepartist.embeddings.embed_songs --model $(dirname {input.model:q}) --clips {input.clips:q} "
        "--shards {input.shards:q} {params.device} --out {output:q} > {log:q} 2>&1"


rule describe_librosa:
    input:
        clips="results/clips/{dataset}.csv",
        labels="results/labels/{dataset}.csv",
    output:
        "results/embeddings/librosa/seed-0/{dataset}.npz",
    log:
        "results/logs/describe_librosa/{dataset}.log",
    benchmark:
        "results/benchmarks/describe_librosa/{dataset}.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 2
    resources:
        mem_mb=4000,
        runtime=240,
        gpu=0,
    params:
        code=fingerprint("embeddings.describe_librosa"),
        excerpt=lookup("{dataset}", within=EXCERPT),
    shell:
        "python -m deepartist.embeddings.describe_librosa --clips {input.clips:q} --labels {input.labels:q} "
        "{params.excerpt} --jobs {threads} --out {output:q} > {log:q} 2>&1"


rule import_features:
    input:
        features=ancient(lookup("{features}/{dataset}", within=FEATURES)),
        labels="results/labels/{dataset}.csv",
    output:
        "results/embeddings/{features}/seed-0/{dataset}.npz",
    log:
        "results/logs/import_features/{features}-{dataset}.log",
    benchmark:
        "results/benchmarks/import_features/{features}-{dataset}.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=10,
        gpu=0,
    params:
        code=fingerprint("embeddings.import_features"),
        digest=lookup("{features}/{dataset}", within=FEATURES_DIGEST),
    shell:
        "python -m deepartist.embeddings.import_features --features {input.features:q} "
        "--labels {input.labels:q} --out {output:q} > {log:q} 2>&1"
