"""The plan of a run: the names of the models and the paths of the files that a config asks for.

The rules read its fields. No stage imports this module, so an edit reruns only the jobs whose
inputs or params it changes. Nothing is read from disk here.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deepartist.config.baselines import CLASSIFIED_BY_SVM, FROM_MELS, UNTRAINED
from deepartist.config.kinds import ALL_KINDS, artist_list
from deepartist.config.model_names import describe_model
from deepartist.config.run import ALL, artist_sets, kinds_of_models

Config = Mapping[str, Any]

# A training keeps its songs in memory, 0.33 MB each. The base is for torch and, on a cluster,
# Snakemake's own processes.
TRAINING_BASE_MB, TRAINING_MB_PER_SONG = 4000, 0.4
# Songs that memory is asked for where the config does not say how many there are; a training with
# more keeps them in a file.
SONGS_OF_ALL = 10_000
TABLE_FORMATS = ("csv", "md", "tex", "html")
REPRODUCTION_FORMATS = ("csv", "md", "html")
FIGURE_FORMATS = ("png", "svg", "pdf")
PAPER_ARTISTS = 5000  # of the models in the paper's tables 1 to 3
TASKS = ("classify", "identify", "tags")
TRAINED_KINDS = ("basic", "siamese", "tag")


@dataclass(frozen=True)
class SongMap:
    """A map of songs, figure 6 or 7.

    Attributes
    ----------
    features, labels : str
        Files with the songs' vectors and their labels.
    column : {"artist", "label"}
        Column of `labels` that gives the colours of the map.
    title : str
    """

    features: str
    labels: str
    column: str
    title: str


@dataclass(frozen=True)
class Plan:
    """What a run makes.

    Attributes
    ----------
    source : str or None
        Data set that the models are trained on; None if the run only evaluates.
    sources : tuple of mapping
        `name`, `kind`, `licence` and `is_synthesised` of the data sets that models learn from: the
        source or, if it is joined, its parts.
    datasets : tuple of str
        All data sets of the run.
    parts : tuple of str
        Those of them that are parts of a joined one; their clips are decoded as clips of that.
    targets, classified, identified, tagged : tuple of str
        All targets, and those of each task.
    dataset_of : mapping of str to str
        Data set of each target.
    embedded : mapping of str to str
        For each target the CSV of the songs that encoders embed: the usable clips of its data set,
        or only its labelled songs if it has another name, as a part of a data set has.
    demos : tuple of str
        Data sets that are synthesised.
    shards : mapping of str to tuple of str
        The ``shard.json`` files of each data set.
    artist_sets : mapping of str to mapping
        Settings of the split for each number of artists (as text).
    artist_list : str or None
        Published list that the artist sets are cut from.
    list_is_synthesised : bool
        The published list is part of a synthesised corpus, not a file that the user has.
    manifests_without : tuple of str
        Manifests whose artists no model is trained on.
    trainings : mapping of str to mapping
        For each kind of model the settings of its models by their name: the kind's own and those of
        the variants.
    training_mb : mapping of str to int
        Memory that a training needs, in MB, for each number of artists (as text).
    trained : tuple of str
        Models with ``artists.count`` artists, such as ``siamese-5000``.
    table_models : mapping of str to tuple of str
        Models of each table, by its number: the columns of tables 1 to 3, 5 and 6, the rows of
        table 4.
    curve_models : tuple of str
        Artist models of all numbers of artists: the points of figures 2 to 4.
    points : tuple of str
        ``name=artists`` for pretrained encoders whose number of artists is known.
    levels : tuple of str
        Pretrained encoders and features of the user without a number of artists.
    genre_models : tuple of str
        Models of figure 5.
    encoders : tuple of str
        Models that embed songs: the trained ones, the pretrained ones and the untrained one.
    models : tuple of str
        All models and baselines of the run, in the order of the scores.
    scores_of : mapping of str to tuple of str
        Files of scores of each model.
    compared_scores : tuple of str
        Files of scores of the models in tables 1 to 4.
    not_covered : tuple of str
        ``model:target`` for each target that the user's features have no file for, and for tag
        models where artists are to be new.
    reproduced : tuple of str
        ``model=kind:artists``, and ``librosa=svm``, for each model that the paper has figures of.
    paper_kinds : tuple of str
        ``model=kind`` for each pretrained encoder of as many artists as the paper's tables 1 to 3.
    split_of : mapping of str to str
        For each model that is trained, the file of the split that it learns from.
    cards : tuple of str
        A model card for each of them and each seed.
    weights : tuple of str
        The weights of each of them and each seed.
    titles : mapping of str to mapping
        The ``title`` and ``paper_row`` of each target, for tables and figures.
    tables, figures : tuple of str
        Files that the rules ``tables`` and ``figures`` ask for.
    genre_target : str or None
        The target of figure 5.
    maps : mapping of str to SongMap
        The maps, by the name of their figure.
    baseline_split : str or None
        File of the artist set with ``artists.count`` artists.
    largest_split : str or None
        File of the largest artist set: artists outside it are new to all artist models.
    unseen_songs : str
        Manifest of songs by artists that no model is trained on, for figure 6.
    unseen_from : str or None
        Data set that these songs are chosen from: the source or, in a run that only evaluates, a
        target; None if no such target has artists.
    """

    source: str | None
    sources: tuple[Config, ...]
    datasets: tuple[str, ...]
    parts: tuple[str, ...]
    targets: tuple[str, ...]
    classified: tuple[str, ...]
    identified: tuple[str, ...]
    tagged: tuple[str, ...]
    dataset_of: Mapping[str, str]
    embedded: Mapping[str, str]
    demos: tuple[str, ...]
    shards: Mapping[str, tuple[str, ...]]
    artist_sets: Mapping[str, Config]
    artist_list: str | None
    list_is_synthesised: bool
    manifests_without: tuple[str, ...]
    trainings: Mapping[str, Mapping[str, Config]]
    training_mb: Mapping[str, int]
    trained: tuple[str, ...]
    table_models: Mapping[str, tuple[str, ...]]
    curve_models: tuple[str, ...]
    points: tuple[str, ...]
    levels: tuple[str, ...]
    genre_models: tuple[str, ...]
    encoders: tuple[str, ...]
    models: tuple[str, ...]
    scores_of: Mapping[str, tuple[str, ...]]
    compared_scores: tuple[str, ...]
    not_covered: tuple[str, ...]
    reproduced: tuple[str, ...]
    paper_kinds: tuple[str, ...]
    split_of: Mapping[str, str]
    cards: tuple[str, ...]
    weights: tuple[str, ...]
    titles: Mapping[str, Config]
    tables: tuple[str, ...]
    figures: tuple[str, ...]
    genre_target: str | None
    maps: Mapping[str, SongMap]
    baseline_split: str | None
    largest_split: str | None
    unseen_songs: str
    unseen_from: str | None

    @property
    def scores(self) -> tuple[str, ...]:
        """The files of scores of all models."""
        return tuple(path for model in self.models for path in self.scores_of[model])

    @property
    def source_shards(self) -> tuple[str, ...]:
        """The shards of the source; none if there is no source."""
        return () if self.source is None else self.shards[self.source]


def make_plan(config: Config) -> Plan:
    """Plan a run.

    Parameters
    ----------
    config : mapping
        A config from `deepartist.config.run.resolve_config`.
    """
    source, count = config["source"], config["artists"]["count"]
    targets = config["targets"]
    of_task = {
        task: tuple(name for name, block in targets.items() if block["task"] == task)
        for task in TASKS
    }
    classified = of_task["classify"]
    sets = artist_sets(config)
    kind_of = kinds_of_models(config)
    trained = _unique(f"{name}-{count}" for name in config["models"])
    artist_kinds = [name for name in config["models"] if kind_of[name] != "tag"]
    numbers = [n for n in sets if n != ALL]
    curve_models = _unique(f"{kind}-{n}" for kind in artist_kinds for n in numbers)
    given = (*config["pretrained"], *config["features"])
    columns = (*trained, *given, UNTRAINED, *FROM_MELS)
    largest = list(sets)[-1]
    methods = (
        *(f"{kind}-{largest}" for kind in artist_kinds),
        *given,
        UNTRAINED,
        *FROM_MELS,
        CLASSIFIED_BY_SVM,
    )
    models = _unique([*columns, *curve_models, *methods] if classified else columns)
    encoders = _unique([*trained, *curve_models, *config["pretrained"], UNTRAINED])
    split_of = {
        model: f"results/splits/{source}/"
        + ("tags" if kind_of[model.rpartition("-")[0]] == "tag" else "artists")
        + f"-{model.rpartition('-')[2]}.csv"
        for model in _unique([*trained, *(curve_models if classified else ())])
    }
    seeded = {*trained, *curve_models, *methods[: len(artist_kinds)], UNTRAINED}
    # Tag models learn from songs by any artist, so no artist is new to them.
    new_artists = [name for name, block in targets.items() if block["new_artists"]]
    not_covered = [
        *(
            (name, target)
            for name, files in config["features"].items()
            for target in targets
            if target not in files
        ),
        *(
            (model, target)
            for model in trained
            if kind_of[model.rpartition("-")[0]] == "tag"
            for target in new_artists
        ),
    ]
    scores_of = {
        model: _score_files(
            model,
            config["seeds"] if model in seeded else [0],
            [
                target
                for target in (*classified, *of_task["identify"], *of_task["tags"])
                if (model in columns or target in classified) and (model, target) not in not_covered
            ],
        )
        for model in models
    }
    points = {
        name: block["artists"] for name, block in config["pretrained"].items() if block["artists"]
    }
    unseen_from = source or next(
        (
            name
            for name in classified
            if name == targets[name]["dataset"]
            and ALL_KINDS[config["datasets"][name]["kind"]].has_artists
        ),
        None,
    )
    unseen_songs = (
        f"results/splits/{source}/unseen-{count}.csv"
        if source
        else f"results/splits/{unseen_from}/unseen.csv"
    )
    demos = tuple(name for name, block in config["datasets"].items() if block.get("demo_songs"))
    reproduced = _reproduced(config, models, trained, demos) if classified else ()
    maps = _song_maps(config, trained, classified, unseen_songs, unseen_from)
    has_curves = bool(points) or (len(numbers) > 1 and bool(artist_kinds))
    folders = [
        f"results/models/{model}/seed-{seed}" for model in split_of for seed in config["seeds"]
    ]
    return Plan(
        source=source,
        sources=tuple(
            {
                "name": name,
                "kind": config["datasets"][name]["kind"],
                "licence": _licence(config["datasets"][name]),
                "is_synthesised": name in demos,
            }
            for name in config["sources"] or ([source] if source else [])
        ),
        datasets=tuple(config["datasets"]),
        parts=tuple(config["sources"]),
        targets=tuple(targets),
        classified=classified,
        identified=of_task["identify"],
        tagged=of_task["tags"],
        dataset_of={name: block["dataset"] for name, block in targets.items()},
        embedded={
            name: f"results/clips/{name}.csv"
            if name == block["dataset"]
            else f"results/labels/{name}.csv"
            for name, block in targets.items()
        },
        demos=demos,
        shards={
            name: tuple(
                f"results/mels/{name}/shard-{shard:04d}/shard.json"
                for shard in range(block["shards"])
            )
            for name, block in config["datasets"].items()
        },
        artist_sets=sets,
        artist_list=artist_list(config["datasets"][source]) if source else None,
        list_is_synthesised=source in demos,
        manifests_without=_unique(
            f"results/clips/{block['dataset']}.csv"
            for block in targets.values()
            if config["artists"]["without_targets"] and block["dataset"] != source
        ),
        trainings={
            kind: {name: config["training"][name] for name in kind_of if kind_of[name] == kind}
            for kind in TRAINED_KINDS
        },
        training_mb={n: _training_mb(block) for n, block in sets.items()},
        trained=trained,
        table_models={**dict.fromkeys("12356", columns), "4": methods},
        curve_models=curve_models,
        points=tuple(f"{name}={artists}" for name, artists in points.items()),
        levels=tuple(name for name in given if name not in points),
        genre_models=(*trained, *given) or columns,
        encoders=encoders,
        models=models,
        scores_of=scores_of,
        compared_scores=tuple(
            path
            for model in _unique([*columns, *methods])
            for path in scores_of.get(model, ())
            if path.rpartition("/")[2].removesuffix(".json") in classified
        ),
        not_covered=tuple(f"{model}:{target}" for model, target in not_covered),
        reproduced=reproduced,
        paper_kinds=tuple(
            f"{name}={block['kind']}"
            for name, block in config["pretrained"].items()
            if block["kind"] and block["artists"] == PAPER_ARTISTS
        ),
        split_of=split_of,
        cards=tuple(f"{folder}/card.md" for folder in folders),
        weights=tuple(f"{folder}/model.safetensors" for folder in folders),
        titles={
            name: {key: block[key] for key in ("title", "paper_row")}
            for name, block in targets.items()
        },
        tables=_tables(of_task, bool(reproduced), bool(trained)),
        figures=_figures(of_task, has_curves, maps),
        genre_target=_find_target(config, classified, "NAVER Korean", default_position=-1),
        maps=maps,
        baseline_split=f"results/splits/{source}/artists-{count}.csv" if source else None,
        largest_split=f"results/splits/{source}/artists-{largest}.csv" if source else None,
        unseen_songs=unseen_songs,
        unseen_from=unseen_from,
    )


def _licence(dataset: Config) -> str:
    return dataset["licence"] or ALL_KINDS[dataset["kind"]].licence


def _training_mb(artist_set: Config) -> int:
    if artist_set["count"] == ALL:
        songs = SONGS_OF_ALL  # the collection has not been read yet
    else:
        songs = artist_set["count"] * (artist_set["songs_train"] + artist_set["songs_valid"])
    return TRAINING_BASE_MB + round(TRAINING_MB_PER_SONG * songs)


def _score_files(model: str, seeds: Iterable[int], targets: Collection[str]) -> tuple[str, ...]:
    """List the files of scores of a model or of features, for all its seeds and targets."""
    return tuple(
        f"results/scores/{model}/seed-{seed}/{target}.json" for seed in seeds for target in targets
    )


def _tables(
    of_task: Mapping[str, Sequence[str]], has_reproduction: bool, has_trained: bool
) -> tuple[str, ...]:
    numbers = [
        *("1234" if of_task["classify"] else ""),
        *("5" if of_task["identify"] else ""),
        *("6" if of_task["tags"] else ""),
    ]
    return (
        *(f"results/tables/table{n}.{ext}" for n in numbers for ext in TABLE_FORMATS),
        *(f"results/tables/reproduction.{ext}" for ext in REPRODUCTION_FORMATS if has_reproduction),
        *(["results/tables/differences.csv"] if of_task["classify"] else []),
        *(["results/tables/untrained.txt"] if has_trained else []),
        "results/tables/failures.csv",
    )


def _figures(
    of_task: Mapping[str, Sequence[str]], has_curves: bool, maps: Iterable[str]
) -> tuple[str, ...]:
    of_classified = [
        "scores",
        *(f"spectrograms_{target}" for target in of_task["classify"]),
        *(["figure2", "figure3", "figure4"] if has_curves else []),
        "figure5",
    ]
    names = [
        *(of_classified if of_task["classify"] else []),
        *(f"figure{name}" for name in maps),
        *(["figure8"] if of_task["identify"] else []),
    ]
    return tuple(f"results/figures/{name}.{ext}" for name in names for ext in FIGURE_FORMATS)


def _find_target(
    config: Config, targets: Sequence[str], paper_row: str, default_position: int
) -> str | None:
    """Find the target with a row of the paper; if there is none, take the one at a position."""
    for name in targets:
        if config["targets"][name]["paper_row"] == paper_row:
            return name
    return targets[default_position] if targets else None


def _reproduced(
    config: Config, models: Sequence[str], trained: Sequence[str], demos: Sequence[str]
) -> tuple[str, ...]:
    """List the models that the paper has figures of, if a target is one of its data sets."""
    is_real = [
        block["paper_row"] is not None and block["dataset"] not in demos
        for block in config["targets"].values()
    ]
    if not any(is_real):
        return ()
    about = {
        name: (block["kind"], block["artists"]) for name, block in config["pretrained"].items()
    }
    for model in models:
        kind, _, count = model.partition("-")
        if model not in about and kind in TRAINED_KINDS and count.isdecimal():
            about[model] = (kind, int(count))
    known = [(model, kind, artists) for model, (kind, artists) in about.items() if kind and artists]
    return (
        *(f"{model}={kind}:{artists}" for model, kind, artists in known),
        f"{CLASSIFIED_BY_SVM}=svm",
    )


def _song_maps(
    config: Config,
    trained: Sequence[str],
    classified: Sequence[str],
    unseen_songs: str,
    unseen_from: str | None,
) -> dict[str, SongMap]:
    """Plan figure 6, artists that no model was trained on, and figure 7, the genres of GTZAN.

    Both are of one trained model; further maps, named after them, are of the pretrained encoders
    and of the user's features.
    """
    basic = f"basic-{config['artists']['count']}"
    main = basic if basic in trained else trained[0] if trained else None
    target = _find_target(config, classified, "GTZAN (fault-filtered)", default_position=0)
    maps: dict[str, SongMap] = {}
    for model in [*([main] if main else []), *config["pretrained"], *config["features"]]:
        name_of_model = describe_model(model)
        suffix = "" if model == main or (main is None and not maps) else f"-{model}"
        is_features = model in config["features"]
        seed = config["seeds"][0] if model == main else 0
        folder = f"results/embeddings/{model}/seed-{seed}"
        if unseen_from is not None and not is_features:
            name = "unseen-artists" if config["source"] else unseen_from
            maps[f"6{suffix}"] = SongMap(
                features=f"{folder}/{name}.npz",
                labels=unseen_songs,
                column="artist",
                title=(
                    f"{name_of_model}: songs by artists that it was not trained on"
                    if model == main
                    else f"{name_of_model}: songs by artist"
                ),
            )
        covered = config["features"].get(model, config["targets"])
        if target is not None and target in covered:
            title = config["targets"][target]["title"] or target
            maps[f"7{suffix}"] = SongMap(
                features=f"{folder}/{target}.npz",
                labels=f"results/labels/{target}.csv",
                column="label",
                title=f"{name_of_model}: {title}",
            )
    return maps


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
