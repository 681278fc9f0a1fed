# Which songs train and validate the models, and which labels and parts the targets have.
rule split_artists:
    input:
        clips=f"results/clips/{SOURCE}.csv",
        published=[ancient(path) for path in PUBLISHED_FILES],
        without=LEFT_OUT_ARTISTS,
    output:
        f"results/splits/{SOURCE}/artists-{{artists}}.csv",
    log:
        f"results/logs/split_artists/{SOURCE}-{{artists}}.log",
    benchmark:
        f"results/benchmarks/split_artists/{SOURCE}-{{artists}}.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
        gpu=0,
    params:
        code=fingerprint("splits.split_artists"),
        published=PUBLISHED,
        published_digest=PUBLISHED_DIGEST,
        settings=lookup("{artists}", within=ARTIST_SETTINGS),
    shell:
        "python -m deepartist.splits.split_artists artists --manifest {input.clips:q} {params.published:q} "
        "--without {input.without:q} --out {output:q} --set {params.settings:q} > {log:q} 2>&1"


rule split_tags:
    input:
        clips=f"results/clips/{SOURCE}.csv",
        artists=f"results/splits/{SOURCE}/artists-{{artists}}.csv",
        without=LEFT_OUT_ARTISTS,
    output:
        f"results/splits/{SOURCE}/tags-{{artists}}.csv",
    log:
        f"results/logs/split_tags/{SOURCE}-{{artists}}.log",
    benchmark:
        f"results/benchmarks/split_tags/{SOURCE}-{{artists}}.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
        gpu=0,
    params:
        code=fingerprint("splits.split_artists"),
        settings=to_words(RUN["tags"]),
    shell:
        "python -m deepartist.splits.split_artists tags --manifest {input.clips:q} --match {input.artists:q} "
        "--without {input.without:q} --out {output:q} --set {params.settings:q} > {log:q} 2>&1"


rule choose_unseen:
    input:
        clips=f"results/clips/{SOURCE}.csv",
        artist_set=BASELINE_SPLIT,
    output:
        UNSEEN,
    log:
        "results/logs/choose_unseen.log",
    benchmark:
        "results/benchmarks/choose_unseen.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
        gpu=0,
    params:
        code=fingerprint("splits.choose_unseen"),
        settings=lambda wildcards: to_words(RUN["figures"]),
    shell:
        "python -m deepartist.splits.choose_unseen --clips {input.clips:q} --artist-set {input.artist_set:q} "
        "--out {output:q} --set {params.settings:q} > {log:q} 2>&1"


rule label_target:
    input:
        clips="results/clips/{dataset}.csv",
        source_split=lookup("{dataset}", within=TARGET_SOURCE_SPLIT),
    output:
        "results/labels/{dataset}.csv",
    log:
        "results/logs/label_target/{dataset}.log",
    benchmark:
        "results/benchmarks/label_target/{dataset}.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
        gpu=0,
    params:
        code=fingerprint("splits.label_target"),
        settings=lookup("{dataset}", within=TARGET_SETTINGS),
    shell:
        "python -m deepartist.splits.label_target --manifest {input.clips:q} "
        "--source-split {input.source_split:q} --out {output:q} "
        "--set {params.settings:q} > {log:q} 2>&1"
