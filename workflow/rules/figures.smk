# Figures of the scores, of the songs' vectors and of the log-mels.
MAPS = {number: vars(song_map) for number, song_map in PLAN.maps.items()}
CLASSIFIED_LABELS = expand("results/labels/{target}.csv", target=PLAN.classified)
GENRE_TITLE = PLAN.genre_target and (PLAN.titles[PLAN.genre_target]["title"] or PLAN.genre_target)
# What the report says that figures 2 to 4 show, against the number of artists.
SHOWN_BY_CURVES = {
    "2": "retrieval by the number of artists",
    "3": "k nearest neighbours by the number of artists",
    "4": "linear softmax by the number of artists",
}


rule draw_scores:
    input:
        scores="results/tables/scores.csv",
        labels=CLASSIFIED_LABELS,
    output:
        png=report(
            "results/figures/scores.png",
            caption="../report/scores.rst",
            category="Figures",
            labels={"figure": "scores", "shows": "tables 1 to 3 at a glance"},
        ),
        svg="results/figures/scores.svg",
        pdf="results/figures/scores.pdf",
    log:
        "results/logs/draw_scores.log",
    benchmark:
        "results/benchmarks/draw_scores.tsv"
    localrule: True
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("figures.draw_scores"),
        **literal(settings(CLASSIFIED, "title")),
        models=PLAN.table_models["1"],
        left_out=PLAN.not_covered,
    shell:
        "python -m deepartist.figures.draw_scores --scores {input.scores:q} --labels {input.labels:q} "
        "--models {params.models} --left-out {params.left_out} --out {output:q} "
        f"--titles {options(CLASSIFIED, 'title')} > {{log:q}} 2>&1"


rule draw_curves:
    input:
        scores="results/tables/scores.csv",
        labels=CLASSIFIED_LABELS,
    output:
        png=report(
            "results/figures/figure{number}.png",
            caption="../report/curves.rst",
            category="Figures",
            labels=lambda wildcards: {
                "figure": f"figure {wildcards.number}",
                "shows": SHOWN_BY_CURVES[wildcards.number],
            },
        ),
        svg="results/figures/figure{number}.svg",
        pdf="results/figures/figure{number}.pdf",
    log:
        "results/logs/draw_curves/{number}.log",
    benchmark:
        "results/benchmarks/draw_curves/{number}.tsv"
    wildcard_constraints:
        number="[234]",
    localrule: True
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("figures.draw_curves"),
        **literal(settings(CLASSIFIED, "title")),
        models=PLAN.curve_models,
        points=PLAN.points,
        levels=PLAN.levels,
        left_out=PLAN.not_covered,
    shell:
        "python -m deepartist.figures.draw_curves --number {wildcards.number} --scores {input.scores:q} "
        "--labels {input.labels:q} --models {params.models} --points {params.points} "
        "--levels {params.levels} --left-out {params.left_out} --out {output:q} "
        f"--titles {options(CLASSIFIED, 'title')} > {{log:q}} 2>&1"


rule draw_genres:
    input:
        scores="results/tables/scores.csv",
        labels=f"results/labels/{PLAN.genre_target}.csv",
    output:
        png=report(
            "results/figures/figure5.png",
            caption="../report/genres.rst",
            category="Figures",
            labels={"figure": "figure 5", "shows": "accuracy by label"},
        ),
        svg="results/figures/figure5.svg",
        pdf="results/figures/figure5.pdf",
    log:
        "results/logs/draw_genres.log",
    benchmark:
        "results/benchmarks/draw_genres.tsv"
    localrule: True
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
        models=PLAN.genre_models,
        left_out=PLAN.not_covered,
        title=lambda wildcards: GENRE_TITLE,
    shell:
        "python -m deepartist.figures.draw_genres --scores {input.scores:q} --labels {input.labels:q} "
        "--dataset {params.dataset} --models {params.models} --left-out {params.left_out} "
        "--title {params.title:q} --out {output:q} > {log:q} 2>&1"


rule map_songs:
    input:
        features=lookup("{map}/features", within=MAPS),
        labels=lookup("{map}/labels", within=MAPS),
    output:
        "results/maps/figure{map}.csv",
    log:
        "results/logs/map_songs/{map}.log",
    benchmark:
        "results/benchmarks/map_songs/{map}.tsv"
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
        gpu=0,
    params:
        *fingerprint("figures.map_songs"),
        column=lookup("{map}/column", within=MAPS),
        seed=f"--seed {RUN['evaluation']['seed']}",
    shell:
        "python -m deepartist.figures.map_songs --features {input.features:q} --labels {input.labels:q} "
        "--column {params.column} {params.seed} --out {output:q} > {log:q} 2>&1"


rule draw_map:
    input:
        "results/maps/figure{map}.csv",
    output:
        png=report(
            "results/figures/figure{map}.png",
            caption="../report/map.rst",
            category="Figures",
            labels=lambda wildcards: {
                "figure": f"figure {wildcards.map}",
                "shows": f"map of songs by {'artist' if wildcards.map[0] == '6' else 'label'}",
            },
        ),
        svg="results/figures/figure{map}.svg",
        pdf="results/figures/figure{map}.pdf",
    log:
        "results/logs/draw_map/{map}.log",
    benchmark:
        "results/benchmarks/draw_map/{map}.tsv"
    localrule: True
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("figures.draw_map"),
        title=lambda wildcards: PLAN.maps[wildcards.map].title,
    shell:
        "python -m deepartist.figures.draw_map --map {input:q} --title {params.title:q} "
        "--out {output:q} > {log:q} 2>&1"


rule draw_identification:
    input:
        "results/tables/scores.csv",
    output:
        png=report(
            "results/figures/figure8.png",
            caption="../report/identification_figure.rst",
            category="Figures",
            labels={"figure": "figure 8", "shows": "new artists, named from known songs"},
        ),
        svg="results/figures/figure8.svg",
        pdf="results/figures/figure8.pdf",
    log:
        "results/logs/draw_identification.log",
    benchmark:
        "results/benchmarks/draw_identification.tsv"
    localrule: True
    conda:
        "../../envs/deepartist.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    params:
        *fingerprint("figures.draw_identification"),
        **literal(settings(IDENTIFIED, "title")),
        models=PLAN.table_models["5"],
        left_out=PLAN.not_covered,
        vectors=RUN["evaluation"]["vectors"],
    shell:
        "python -m deepartist.figures.draw_identification --scores {input:q} --models {params.models} "
        "--left-out {params.left_out} --vectors {params.vectors} --out {output:q} "
        f"--titles {options(IDENTIFIED, 'title')} > {{log:q}} 2>&1"


rule draw_spectrograms:
    input:
        clips=lookup("{target}", within=TARGET_CLIPS),
        labels="results/labels/{target}.csv",
        shards=lookup("{target}", within=TARGET_SHARDS),
    output:
        png=report(
            "results/figures/spectrograms_{target}.png",
            caption="../report/spectrograms.rst",
            category="Spectrograms",
            labels={"figure": "{target}", "shows": "log-mel spectrograms"},
        ),
        svg="results/figures/spectrograms_{target}.svg",
        pdf="results/figures/spectrograms_{target}.pdf",
    log:
        "results/logs/draw_spectrograms/{target}.log",
    benchmark:
        "results/benchmarks/draw_spectrograms/{target}.tsv"
    localrule: True
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
