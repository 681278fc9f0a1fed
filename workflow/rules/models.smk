# Encoders that are there already, stored like trained ones.
# Files of the user are compared by their contents; an encoder that the authors released has none.
PRETRAINED_DIGEST = {
    name: fingerprint_data(block["files"]) for name, block in RUN["pretrained"].items()
}


rule import_encoder:
    input:
        ancient(local(lookup("{pretrained}/files", within=RUN["pretrained"]))),
    output:
        weights="results/models/{pretrained}/seed-0/model.safetensors",
        description="results/models/{pretrained}/seed-0/model.json",
    log:
        "results/logs/import_encoder/{pretrained}.log",
    benchmark:
        "results/benchmarks/import_encoder/{pretrained}.tsv"
    localrule: True
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
        gpu=0,
    params:
        *fingerprint("models.import_encoder"),
        digest=lookup("{pretrained}", within=PRETRAINED_DIGEST),
        model=lookup("{pretrained}/model", within=RUN["pretrained"]),
    shell:
        "python -m deepartist.models.import_encoder --model {params.model:q} "
        "--out $(dirname {output.description:q}) > {log:q} 2>&1"
