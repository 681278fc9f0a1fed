# From a data set as it lies on disk to its manifest.
rule write_manifest:
    input:
        lookup("{dataset}", within=LOADER_FILES),
    output:
        "results/manifests/{dataset}.csv",
    log:
        "results/logs/write_manifest/{dataset}.log",
    benchmark:
        "results/benchmarks/write_manifest/{dataset}.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
        gpu=0,
    params:
        code=lookup("{dataset}", within=LOADER_CODE),
        kind=lookup("{dataset}", within=LOADER_KIND),
        lists=lookup("{dataset}", within=LIST_DIGESTS),
        listing=lookup("{dataset}", within=LISTINGS),
        settings=lookup("{dataset}", within=LOADER_SETTINGS),
    shell:
        "python -m deepartist.datasets.{params.kind} --manifest {output:q} "
        "--set {params.settings:q} > {log:q} 2>&1"
