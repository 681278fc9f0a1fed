# Figures of the scores, of the songs' vectors and of the log-mels.
MAPS = {number: vars(song_map) for number, song_map in PLAN.maps.items()}
GENRE_TITLE = PLAN.titles[PLAN.genre_target]["title"] or PLAN.genre_target


rule draw_scores:
    input:
        "results/tables/scores.csv",
    output:
        png=report(
            "results/figures/scores.png",
            caption="../report/scores.rst",
            category="Figures",
            labels={"figure": "scores"},
        ),
        svg="results/figures/scores.svg",
    log:
        "results/logs/draw_scores.log",
    benchmark:
        "results/benchmarks/draw_scores.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("figures.draw_scores"),
        **literal(settings(PLAN.titles, "title")),
        models=PLAN.table_models["1"],
    shell:
        "python -m deepartist.figures.draw_scores --scores {input:q} --models {params.models} "
        "--out {output:q} "
        f"--titles {options(PLAN.titles, 'title')} > {{log:q}} 2>&1"


rule draw_curves:
    input:
        "results/tables/scores.csv",
    output:
        png=report(
            "results/figures/figure{number}.png",
            caption="../report/curves.rst",
            category="Figures",
            labels={"figure": "figure {number}"},
        ),
        svg="results/figures/figure{number}.svg",
    log:
        "results/logs/draw_curves/{number}.log",
    benchmark:
        "results/benchmarks/draw_curves/{number}.tsv"
    wildcard_constraints:
        number="[234]",
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("figures.draw_curves"),
        **literal(settings(PLAN.titles, "title")),
        models=PLAN.curve_models,
    shell:
        "python -m deepartist.figures.draw_curves --number {wildcards.number} --scores {input:q} "
        "--models {params.models} --out {output:q} "
        f"--titles {options(PLAN.titles, 'title')} > {{log:q}} 2>&1"


rule draw_genres:
    input:
        "results/tables/scores.csv",
    output:
        png=report(
            "results/figures/figure5.png",
            caption="../report/genres.rst",
            category="Figures",
            labels={"figure": "figure 5"},
        ),
        svg="results/figures/figure5.svg",
    log:
        "results/logs/draw_genres.log",
    benchmark:
        "results/benchmarks/draw_genres.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("figures.draw_genres"),
        dataset=PLAN.genre_target,
        models=PLAN.trained,
        title=lambda wildcards: GENRE_TITLE,
    shell:
        "python -m deepartist.figures.draw_genres --scores {input:q} --dataset {params.dataset} "
        "--models {params.models} --title {params.title:q} --out {output:q} > {log:q} 2>&1"


rule map_songs:
    input:
        features=lookup("{number}/features", within=MAPS),
        labels=lookup("{number}/labels", within=MAPS),
    output:
        "results/maps/figure{number}.csv",
    log:
        "results/logs/map_songs/{number}.log",
    benchmark:
        "results/benchmarks/map_songs/{number}.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
        gpu=0,
    params:
        *fingerprint("figures.map_songs"),
        column=lookup("{number}/column", within=MAPS),
        seed=f"--seed {RUN['evaluation']['seed']}",
    shell:
        "python -m deepartist.figures.map_songs --features {input.features:q} --labels {input.labels:q} "
        "--column {params.column} {params.seed} --out {output:q} > {log:q} 2>&1"


rule draw_map:
    input:
        "results/maps/figure{number}.csv",
    output:
        png=report(
            "results/figures/figure{number}.png",
            caption="../report/map.rst",
            category="Figures",
            labels={"figure": "figure {number}"},
        ),
        svg="results/figures/figure{number}.svg",
    log:
        "results/logs/draw_map/{number}.log",
    benchmark:
        "results/benchmarks/draw_map/{number}.tsv"
    wildcard_constraints:
        number="[67]",
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("figures.draw_map"),
        title=lambda wildcards: PLAN.maps[wildcards.number].title,
    shell:
        "python -m deepartist.figures.draw_map --map {input:q} --title {params.title:q} "
        "--out {output:q} > {log:q} 2>&1"


rule draw_spectrograms:
    input:
        clips="results/clips/{dataset}.csv",
        labels="results/labels/{dataset}.csv",
        shards=lookup("{dataset}", within=PLAN.shards),
    output:
        png=report(
            "results/figures/spectrograms_{dataset}.png",
            caption="../report/spectrograms.rst",
            category="Spectrograms",
            labels={"figure": "{dataset}"},
        ),
        svg="results/figures/spectrograms_{dataset}.svg",
    log:
        "results/logs/draw_spectrograms/{dataset}.log",
    benchmark:
        "results/benchmarks/draw_spectrograms/{dataset}.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("figures.draw_spectrograms"),
    shell:
        "python -m deepartist.figures.draw_spectrograms --clips {input.clips:q} --labels {input.labels:q} "
        "--shards {input.shards:q} --out {output:q} > {log:q} 2>&1"
