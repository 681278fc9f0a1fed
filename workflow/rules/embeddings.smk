# Song vectors of the encoders and the baselines, and features that the user provides.
FEATURES_DIGEST = {
    name: {target: fingerprint_data([path]) for target, path in files.items()}
    for name, files in RUN["features"].items()
}


rule embed_songs:
    input:
        model="results/models/{model}/seed-{seed}/model.json",
        weights="results/models/{model}/seed-{seed}/model.safetensors",
        clips=lookup("{target}", within=PLAN.embedded),
        shards=lookup("{target}", within=TARGET_SHARDS),
    output:
        "results/embeddings/{model}/seed-{seed}/{target}.npz",
    log:
        "results/logs/embed_songs/{model}-seed-{seed}-{target}.log",
    benchmark:
        "results/benchmarks/embed_songs/{model}-seed-{seed}-{target}.tsv"
    wildcard_constraints:
        model="|".join(PLAN.encoders),
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=8000,
        runtime=120,
        gpu=GPUS,
    params:
        *fingerprint("embeddings.embed_songs"),
        device=DEVICE,
    shell:
        "python -m deepartist.embeddings.embed_songs --model $(dirname {input.model:q}) --clips {input.clips:q} "
        "--shards {input.shards:q} {params.device} --out {output:q} > {log:q} 2>&1"


use rule embed_songs as embed_unseen with:
    input:
        model="results/models/{model}/seed-{seed}/model.json",
        weights="results/models/{model}/seed-{seed}/model.safetensors",
        clips=PLAN.unseen_songs,
        shards=PLAN.source_shards,
    output:
        "results/embeddings/{model}/seed-{seed}/unseen-artists.npz",
    log:
        "results/logs/embed_unseen/{model}-seed-{seed}.log",
    benchmark:
        "results/benchmarks/embed_unseen/{model}-seed-{seed}.tsv"


rule describe_mels:
    input:
        clips=lookup("{target}", within=PLAN.embedded),
        labels="results/labels/{target}.csv",
        shards=lookup("{target}", within=TARGET_SHARDS),
    output:
        "results/embeddings/{baseline}/seed-0/{target}.npz",
    log:
        "results/logs/describe_mels/{baseline}-{target}.log",
    benchmark:
        "results/benchmarks/describe_mels/{baseline}-{target}.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=8000,
        runtime=60,
        gpu=0,
    params:
        *fingerprint_by(
            "baseline", {name: fingerprint(f"embeddings.describe_{name}") for name in FROM_MELS}
        ),
    shell:
        "python -m deepartist.embeddings.describe_{wildcards.baseline} --clips {input.clips:q} "
        "--labels {input.labels:q} --shards {input.shards:q} --out {output:q} > {log:q} 2>&1"


rule describe_librosa:
    input:
        clips=lookup("{target}", within=TARGET_CLIPS),
        labels="results/labels/{target}.csv",
    output:
        "results/embeddings/librosa/seed-0/{target}.npz",
    log:
        "results/logs/describe_librosa/{target}.log",
    benchmark:
        "results/benchmarks/describe_librosa/{target}.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 2
    resources:
        mem_mb=4000,
        runtime=240,
        gpu=0,
    params:
        *fingerprint("embeddings.describe_librosa"),
        excerpt=lookup("{target}", within=TARGET_EXCERPT),
    shell:
        "python -m deepartist.embeddings.describe_librosa --clips {input.clips:q} --labels {input.labels:q} "
        "{params.excerpt} --jobs {threads} --out {output:q} > {log:q} 2>&1"


rule import_features:
    input:
        features=ancient(local(lookup("{features}/{target}", within=RUN["features"]))),
        labels="results/labels/{target}.csv",
    output:
        "results/embeddings/{features}/seed-0/{target}.npz",
    log:
        "results/logs/import_features/{features}-{target}.log",
    benchmark:
        "results/benchmarks/import_features/{features}-{target}.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("embeddings.import_features"),
        digest=lookup("{features}/{target}", within=FEATURES_DIGEST),
    shell:
        "python -m deepartist.embeddings.import_features --features {input.features:q} "
        "--labels {input.labels:q} --out {output:q} > {log:q} 2>&1"
