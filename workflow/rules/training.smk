# The models, and the untrained encoder as a baseline. The longest trainings have the highest
# priority.
# For each model that can be trained, the encoder that it starts from, and for each kind the code of
# its models: a loss and the tuning of an encoder count only where they are used.
INITIAL = {
    name: ([f"results/models/{block['init']}/seed-0/model.json"] if block["init"] else [])
    for name, block in RUN["training"].items()
}
TRAINING_CODE = {
    kind: {
        name: fingerprint(
            f"training.train_{kind}",
            *([f"training.losses.{block['loss']}"] if "loss" in block else []),
            *(["training.tune"] if block["init"] else []),
        )
        for name, block in blocks.items()
    }
    for kind, blocks in PLAN.trainings.items()
}


rule train_basic:
    input:
        split=f"results/splits/{PLAN.source}/artists-{{artists}}.csv",
        shards=PLAN.source_shards,
        init=lookup("{basic}", within=INITIAL),
    output:
        weights="results/models/{basic}-{artists}/seed-{seed}/model.safetensors",
        description="results/models/{basic}-{artists}/seed-{seed}/model.json",
        history="results/models/{basic}-{artists}/seed-{seed}/history.csv",
    log:
        "results/logs/train_basic/{basic}-{artists}-seed-{seed}.log",
    benchmark:
        "results/benchmarks/train_basic/{basic}-{artists}-seed-{seed}.tsv"
    priority: 1
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=lookup("{artists}", within=PLAN.training_mb),
        runtime=2880,
        gpu=GPUS,
        beside=BESIDE,
    params:
        *fingerprint_by("basic", TRAINING_CODE["basic"]),
        **settings_by("basic", PLAN.trainings["basic"]),
        device=DEVICE,
        states=f"{RESULTS}/states/{{basic}}-{{artists}}",
    shell:
        "python -m deepartist.training.train_basic --split {input.split:q} --shards {input.shards:q} "
        "--seed {wildcards.seed} {params.device} --states {params.states:q} {resources.beside} "
        "--out $(dirname {output.description:q}) "
        "--init {input.init:q} "
        f"--set {options(RUN['training']['basic'])} > {{log:q}} 2>&1"


rule train_siamese:
    input:
        split=f"results/splits/{PLAN.source}/artists-{{artists}}.csv",
        shards=PLAN.source_shards,
        init=lookup("{siamese}", within=INITIAL),
    output:
        weights="results/models/{siamese}-{artists}/seed-{seed}/model.safetensors",
        description="results/models/{siamese}-{artists}/seed-{seed}/model.json",
        history="results/models/{siamese}-{artists}/seed-{seed}/history.csv",
    log:
        "results/logs/train_siamese/{siamese}-{artists}-seed-{seed}.log",
    benchmark:
        "results/benchmarks/train_siamese/{siamese}-{artists}-seed-{seed}.tsv"
    priority: 2
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=lookup("{artists}", within=PLAN.training_mb),
        runtime=2880,
        gpu=GPUS,
        beside=BESIDE,
    params:
        *fingerprint_by("siamese", TRAINING_CODE["siamese"]),
        **settings_by("siamese", PLAN.trainings["siamese"]),
        device=DEVICE,
        states=f"{RESULTS}/states/{{siamese}}-{{artists}}",
    shell:
        "python -m deepartist.training.train_siamese --split {input.split:q} --shards {input.shards:q} "
        "--seed {wildcards.seed} {params.device} --states {params.states:q} {resources.beside} "
        "--out $(dirname {output.description:q}) "
        "--init {input.init:q} "
        f"--set {options(RUN['training']['siamese'])} > {{log:q}} 2>&1"


rule train_tag:
    input:
        split=f"results/splits/{PLAN.source}/tags-{{artists}}.csv",
        shards=PLAN.source_shards,
        init=lookup("{tag}", within=INITIAL),
    output:
        weights="results/models/{tag}-{artists}/seed-{seed}/model.safetensors",
        description="results/models/{tag}-{artists}/seed-{seed}/model.json",
        history="results/models/{tag}-{artists}/seed-{seed}/history.csv",
    log:
        "results/logs/train_tag/{tag}-{artists}-seed-{seed}.log",
    benchmark:
        "results/benchmarks/train_tag/{tag}-{artists}-seed-{seed}.tsv"
    priority: 1
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=lookup("{artists}", within=PLAN.training_mb),
        runtime=2880,
        gpu=GPUS,
        beside=BESIDE,
    params:
        *fingerprint_by("tag", TRAINING_CODE["tag"]),
        **settings_by("tag", PLAN.trainings["tag"]),
        device=DEVICE,
        states=f"{RESULTS}/states/{{tag}}-{{artists}}",
    shell:
        "python -m deepartist.training.train_tag --split {input.split:q} --shards {input.shards:q} "
        "--seed {wildcards.seed} {params.device} --states {params.states:q} {resources.beside} "
        "--out $(dirname {output.description:q}) "
        "--init {input.init:q} "
        f"--set {options(RUN['training']['tag'])} > {{log:q}} 2>&1"


rule make_random:
    input:
        split=PLAN.baseline_split or [],
        shards=PLAN.source_shards,
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
        mem_mb=2000,
        runtime=60,
        gpu=0,
    params:
        *fingerprint("training.make_random"),
    shell:
        "python -m deepartist.training.make_random --split {input.split:q} --shards {input.shards:q} "
        "--seed {wildcards.seed} --out $(dirname {output.description:q}) > {log:q} 2>&1"
