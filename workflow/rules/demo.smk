# Synthesised corpora, in the formats of the real ones.
DEMO_SETTINGS = {
    name: to_words({k: v for k, v in block.items() if k.startswith("demo_") or k == "subset"})
    for name, block in DATASETS.items()
}


rule synthesise_corpus:
    output:
        tree=directory("results/demo/{dataset}/tree"),
        corpus="results/demo/{dataset}/corpus.json",
    log:
        "results/logs/synthesise_corpus/{dataset}.log",
    benchmark:
        "results/benchmarks/synthesise_corpus/{dataset}.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 2
    resources:
        mem_mb=2000,
        runtime=30,
        gpu=0,
    params:
        *fingerprint("demo.synthesise_corpus"),
        kind=lookup("{dataset}/kind", within=DATASETS),
        settings=lookup("{dataset}", within=DEMO_SETTINGS),
    shell:
        "python -m deepartist.demo.synthesise_corpus {params.kind} --dataset {wildcards.dataset} --out {output.tree:q} "
        "--corpus {output.corpus:q} --jobs {threads} --set {params.settings:q} > {log:q} 2>&1"
