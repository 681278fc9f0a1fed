# From a data set on disk to its manifest.
LOADER_FILES = {
    name: (
        [f"results/demo/{name}/corpus.json"]
        if name in PLAN.demos
        else [ancient(local(path)) for path in ALL_KINDS[block["kind"]].list_files(block)]
    )
    for name, block in DATASETS.items()
    if name != JOINED
}
# The user's lists are compared by their contents, not by their times: a list that was only touched
# reruns nothing, and one that was replaced by an older file is noticed.
LIST_DIGESTS = {
    name: [] if name in PLAN.demos else fingerprint_data(files)
    for name, files in LOADER_FILES.items()
}
LOADER_SETTINGS = {
    name: to_words(
        {
            k: v
            for k, v in block.items()
            if k not in ("shards", "excerpt", "licence") and not k.startswith("demo_")
        }
    )
    for name, block in DATASETS.items()
    if name != JOINED
}


rule write_manifest:
    input:
        lookup("{dataset}", within=LOADER_FILES),
    output:
        "results/manifests/{dataset}.csv",
    log:
        "results/logs/write_manifest/{dataset}.log",
    benchmark:
        "results/benchmarks/write_manifest/{dataset}.tsv"
    wildcard_constraints:
        dataset="|".join(LOADER_SETTINGS),
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
        gpu=0,
    params:
        *fingerprint_by(
            "dataset",
            {name: fingerprint(f"datasets.{DATASETS[name]['kind']}") for name in LOADER_SETTINGS},
        ),
        kind=lookup("{dataset}/kind", within=DATASETS),
        lists=lookup("{dataset}", within=LIST_DIGESTS),
        listing=lookup("{dataset}", within=LISTINGS),
        settings=lookup("{dataset}", within=LOADER_SETTINGS),
    shell:
        "python -m deepartist.datasets.{params.kind} --manifest {output:q} "
        "--set {params.settings:q} > {log:q} 2>&1"


rule join_manifests:
    input:
        expand("results/manifests/{dataset}.csv", dataset=PLAN.parts),
    output:
        f"results/manifests/{JOINED}.csv",
    log:
        "results/logs/join_manifests.log",
    benchmark:
        "results/benchmarks/join_manifests.tsv"
    localrule: True
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
        gpu=0,
    params:
        *fingerprint("datasets.join_manifests"),
    shell:
        "python -m deepartist.datasets.join_manifests --manifests {input:q} --out {output:q} > {log:q} 2>&1"
