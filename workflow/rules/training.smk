# The models, and the untrained encoder as a baseline. The longest trainings start first.
rule train_basic:
    input:
        split=f"results/splits/{SOURCE}/artists-{{artists}}.csv",
        shards=SHARDS[SOURCE],
    output:
        weights="results/models/basic-{artists}/seed-{seed}/model.safetensors",
        description="results/models/basic-{artists}/seed-{seed}/model.json",
        history="results/models/basic-{artists}/seed-{seed}/history.csv",
    log:
        "results/logs/train_basic/{artists}-seed-{seed}.log",
    benchmark:
        "results/benchmarks/train_basic/{artists}-seed-{seed}.tsv"
    priority: 1
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=lookup("{artists}", within=TRAIN_MEM_MB),
        runtime=2880,
        gpu=GPUS,
    params:
        code=fingerprint("training.train"),
        device=f"--device {DEVICE}",
        settings=to_words(RUN["training"]["basic"]),
        state="results/states/basic-{artists}-seed-{seed}.pt",
    shell:
        "python -m deepartist.training.train basic --split {input.split:q} --shards {input.shards:q} "
        "--seed {wildcards.seed} {params.device} --state {params.state:q} "
        "--out $(dirname {output.description:q}) --set {params.settings:q} > {log:q} 2>&1"


rule train_siamese:
    input:
        split=f"results/splits/{SOURCE}/artists-{{artists}}.csv",
        shards=SHARDS[SOURCE],
    output:
        weights="results/models/siamese-{artists}/seed-{seed}/model.safetensors",
        description="results/models/siamese-{artists}/seed-{seed}/model.json",
        history="results/models/siamese-{artists}/seed-{seed}/history.csv",
    log:
        "results/logs/train_siamese/{artists}-seed-{seed}.log",
    benchmark:
        "results/benchmarks/train_siamese/{artists}-seed-{seed}.tsv"
    priority: 2
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=lookup("{artists}", within=TRAIN_MEM_MB),
        runtime=2880,
        gpu=GPUS,
    params:
        code=fingerprint("training.train"),
        device=f"--device {DEVICE}",
        settings=to_words(RUN["training"]["siamese"]),
        state="results/states/siamese-{artists}-seed-{seed}.pt",
    shell:
        "python -m deepartist.training.train siamese --split {input.split:q} --shards {input.shards:q} "
        "--seed {wildcards.seed} {params.device} --state {params.state:q} "
        "--out $(dirname {output.description:q}) --set {params.settings:q} > {log:q} 2>&1"


rule train_tag:
    input:
        split=f"results/splits/{SOURCE}/tags-{{artists}}.csv",
        shards=SHARDS[SOURCE],
    output:
        weights="results/models/tag-{artists}/seed-{seed}/model.safetensors",
        description="results/models/tag-{artists}/seed-{seed}/model.json",
        history="results/models/tag-{artists}/seed-{seed}/history.csv",
    log:
        "results/logs/train_tag/{artists}-seed-{seed}.log",
    benchmark:
        "results/benchmarks/train_tag/{artists}-seed-{seed}.tsv"
    priority: 1
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=lookup("{artists}", within=TRAIN_MEM_MB),
        runtime=2880,
        gpu=GPUS,
    params:
        code=fingerprint("training.train"),
        device=f"--device {DEVICE}",
        settings=to_words(RUN["training"]["tag"]),
        state="results/states/tag-{artists}-seed-{seed}.pt",
    shell:
        "python -m deepartist.training.train tag --split {input.split:q} --shards {input.shards:q} "
        "--seed {wildcards.seed} {params.device} --state {params.state:q} "
        "--out $(dirname {output.description:q}) --set {params.settings:q} > {log:q} 2>&1"


rule make_random:
    input:
        split=BASELINE_SPLIT,
        shards=SHARDS[SOURCE],
    output:
        weights="results/models/random/seed-{seed}/model.safetensors",
        description="results/models/random/seed-{seed}/model.json",
    log:
        "results/logs/make_random/seed-{seed}.log",
    benchmark:
        "results/benchmarks/make_random/seed-{seed}.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=TRAIN_MEM_MB[str(COUNT)],
        runtime=60,
        gpu=0,
    params:
        code=fingerprint("training.make_random"),
    shell:
        "python -m deepartist.training.make_random --split {input.split:q} --shards {input.shards:q} "
        "--seed {wildcards.seed} --out $(dirname {output.description:q}) > {log:q} 2>&1"
