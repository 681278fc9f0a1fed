# Songs that models are trained and validated on, and labels and splits of the targets.
PUBLISHED = ["--published", PLAN.artist_list] if PLAN.artist_list else []
# The list of a synthesised corpus is part of a directory output, so it cannot be an input here.
PUBLISHED_FILES = [] if PLAN.list_is_synthesised else PUBLISHED[1:]
ARTIST_SET = PLAN.artist_sets[str(RUN["artists"]["count"])]
TARGET_SETTINGS = {
    name: {key: value for key, value in block.items() if key not in ("dataset", *PLAN.titles[name])}
    for name, block in RUN["targets"].items()
}
# Which songs of a target to identify are embedded; targets of other tasks do not depend on it.
NO_IDENTIFICATION = parse_settings([], "identification")
IDENTIFICATION = {
    name: {
        key: (RUN["identification"] if name in PLAN.identified else NO_IDENTIFICATION)[key]
        for key in ("known", "artists")
    }
    for name in PLAN.targets
}
# Such targets leave out the songs, or the artists, that the models were trained on.
HELD_OUT_FROM = {
    name: (
        [PLAN.largest_split]
        if block["new_artists"]
        else [PLAN.baseline_split] if block["held_out"] else []
    )
    for name, block in RUN["targets"].items()
}


rule split_artists:
    input:
        clips=f"results/clips/{PLAN.source}.csv",
        published=[ancient(local(path)) for path in PUBLISHED_FILES],
        without=PLAN.manifests_without,
    output:
        f"results/splits/{PLAN.source}/artists-{{artists}}.csv",
    log:
        f"results/logs/split_artists/{PLAN.source}-{{artists}}.log",
    benchmark:
        f"results/benchmarks/split_artists/{PLAN.source}-{{artists}}.tsv"
    localrule: True
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("splits.split_artists"),
        *fingerprint_data(PUBLISHED_FILES),
        **settings_by("artists", PLAN.artist_sets),
        published=PUBLISHED,
    shell:
        "python -m deepartist.splits.split_artists --manifest {input.clips:q} {params.published:q} "
        "--without {input.without:q} --out {output:q} "
        f"--set {options(ARTIST_SET)} > {{log:q}} 2>&1"


rule split_tags:
    input:
        clips=f"results/clips/{PLAN.source}.csv",
        artists=f"results/splits/{PLAN.source}/artists-{{artists}}.csv",
        without=PLAN.manifests_without,
    output:
        f"results/splits/{PLAN.source}/tags-{{artists}}.csv",
    log:
        f"results/logs/split_tags/{PLAN.source}-{{artists}}.log",
    benchmark:
        f"results/benchmarks/split_tags/{PLAN.source}-{{artists}}.tsv"
    localrule: True
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("splits.split_tags"),
        **settings(RUN["tags"]),
    shell:
        "python -m deepartist.splits.split_tags --manifest {input.clips:q} --match {input.artists:q} "
        "--without {input.without:q} --out {output:q} "
        f"--set {options(RUN['tags'])} > {{log:q}} 2>&1"


rule choose_unseen:
    input:
        clips=f"results/clips/{PLAN.unseen_from}.csv",
        artist_set=PLAN.baseline_split or [],
    output:
        PLAN.unseen_songs,
    log:
        "results/logs/choose_unseen.log",
    benchmark:
        "results/benchmarks/choose_unseen.tsv"
    localrule: True
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("splits.choose_unseen"),
        **literal(settings(RUN["figures"])),
    shell:
        "python -m deepartist.splits.choose_unseen --clips {input.clips:q} --artist-set {input.artist_set:q} "
        "--out {output:q} "
        f"--set {options(RUN['figures'])} > {{log:q}} 2>&1"


rule label_target:
    input:
        clips=lookup("{target}", within=TARGET_CLIPS),
        source_split=lookup("{target}", within=HELD_OUT_FROM),
    output:
        "results/labels/{target}.csv",
    log:
        "results/logs/label_target/{target}.log",
    benchmark:
        "results/benchmarks/label_target/{target}.tsv"
    localrule: True
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("splits.label_target"),
        **settings_by("target", TARGET_SETTINGS),
        **settings_by("target", IDENTIFICATION, "identification"),
    shell:
        "python -m deepartist.splits.label_target --manifest {input.clips:q} "
        "--source-split {input.source_split:q} --out {output:q} "
        f"--set {options(TARGET_SETTINGS[PLAN.targets[0]])} "
        f"--identification {options(IDENTIFICATION[PLAN.targets[0]], 'identification')} > {{log:q}} 2>&1"
