"""The plan of a run: the names of the models and the paths of the files that a config asks for.

The rules read its fields. No stage imports this module, so an edit reruns only the jobs whose
inputs or params it changes. Nothing is read from disk here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deepartist.config.baselines import CLASSIFIED_BY_SVM, FROM_MELS, UNTRAINED
from deepartist.config.kinds import artist_list
from deepartist.config.run import ALL, artist_sets

Config = Mapping[str, Any]

# A training keeps its songs in memory, 0.33 MB each. The base is for torch and, on a cluster,
# Snakemake's own processes.
TRAINING_BASE_MB, TRAINING_MB_PER_SONG = 4000, 0.4
# Songs that memory is asked for where the config does not say how many there are; a training with
# more keeps them in a file.
SONGS_OF_ALL = 10_000
TABLE_FORMATS = ("csv", "md", "tex", "html")
FIGURE_FORMATS = ("png", "svg")


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
    source : str
        Data set that the models are trained on.
    datasets, targets : tuple of str
        All data sets of the run, and those that features are evaluated on.
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
    training_mb : mapping of str to int
        Memory that a training needs, in MB, for each number of artists (as text).
    trained : tuple of str
        Models with ``artists.count`` artists, such as ``siamese-5000``.
    table_models : mapping of str to tuple of str
        Models of each table, by its number: the columns of tables 1 to 3, the rows of table 4.
    curve_models : tuple of str
        Artist models of all numbers of artists: the points of figures 2 to 4.
    encoders : tuple of str
        Models that embed songs: the trained ones and the untrained one.
    models : tuple of str
        All models and baselines of the run, in the order of the scores.
    scores_of : mapping of str to tuple of str
        Files of scores of each model.
    compared_scores : tuple of str
        Files of scores of the models in the tables.
    not_covered : tuple of str
        ``features:target`` for each target that the user's features have no file for.
    titles : mapping of str to mapping
        The ``title`` and ``paper_row`` of each target, for tables and figures.
    tables, figures : tuple of str
        Files that the rules ``tables`` and ``figures`` ask for.
    genre_target : str
        The target of figure 5.
    maps : mapping of str to SongMap
        The maps by the number of their figure.
    baseline_split : str
        File of the artist set with ``artists.count`` artists.
    unseen_songs : str
        Manifest of songs by artists that no model is trained on, for figure 6.
    """

    source: str
    datasets: tuple[str, ...]
    targets: tuple[str, ...]
    demos: tuple[str, ...]
    shards: Mapping[str, tuple[str, ...]]
    artist_sets: Mapping[str, Config]
    artist_list: str | None
    list_is_synthesised: bool
    manifests_without: tuple[str, ...]
    training_mb: Mapping[str, int]
    trained: tuple[str, ...]
    table_models: Mapping[str, tuple[str, ...]]
    curve_models: tuple[str, ...]
    encoders: tuple[str, ...]
    models: tuple[str, ...]
    scores_of: Mapping[str, tuple[str, ...]]
    compared_scores: tuple[str, ...]
    not_covered: tuple[str, ...]
    titles: Mapping[str, Config]
    tables: tuple[str, ...]
    figures: tuple[str, ...]
    genre_target: str
    maps: Mapping[str, SongMap]
    baseline_split: str
    unseen_songs: str

    @property
    def scores(self) -> tuple[str, ...]:
        """The files of scores of all models."""
        return tuple(path for model in self.models for path in self.scores_of[model])


def make_plan(config: Config) -> Plan:
    """Plan a run.

    Parameters
    ----------
    config : mapping
        A config from `deepartist.config.run.resolve_config`.
    """
    source, count = config["source"], config["artists"]["count"]
    targets = tuple(config["targets"])
    sets = artist_sets(config)
    trained = _unique(f"{kind}-{count}" for kind in config["models"])
    artist_kinds = [kind for kind in config["models"] if kind != "tag"]
    numbers = [n for n in sets if n != ALL]
    curve_models = _unique(f"{kind}-{n}" for kind in artist_kinds for n in numbers)
    columns = (*trained, UNTRAINED, *FROM_MELS)
    largest = list(sets)[-1]
    methods = (
        *(f"{kind}-{largest}" for kind in artist_kinds),
        UNTRAINED,
        *FROM_MELS,
        *config["features"],
        CLASSIFIED_BY_SVM,
    )
    models = _unique([*columns, *curve_models, *methods])
    scores_of = {model: _score_files(model, config) for model in models}
    baseline_split = f"results/splits/{source}/artists-{count}.csv"
    unseen_songs = f"results/splits/{source}/unseen-{count}.csv"
    return Plan(
        source=source,
        datasets=tuple(config["datasets"]),
        targets=targets,
        demos=tuple(name for name, block in config["datasets"].items() if block.get("demo_songs")),
        shards={
            name: tuple(
                f"results/mels/{name}/shard-{shard:04d}/shard.json"
                for shard in range(block["shards"])
            )
            for name, block in config["datasets"].items()
        },
        artist_sets=sets,
        artist_list=artist_list(config["datasets"][source]),
        list_is_synthesised=bool(config["datasets"][source].get("demo_songs")),
        manifests_without=tuple(
            f"results/clips/{target}.csv"
            for target in targets
            if config["artists"]["without_targets"] and target != source
        ),
        training_mb={n: _training_mb(block) for n, block in sets.items()},
        trained=trained,
        table_models={"1": columns, "2": columns, "3": columns, "4": methods},
        curve_models=curve_models,
        encoders=_unique([*trained, *curve_models, UNTRAINED]),
        models=models,
        scores_of=scores_of,
        compared_scores=tuple(
            path for model in _unique([*columns, *methods]) for path in scores_of[model]
        ),
        not_covered=tuple(
            f"{name}:{target}"
            for name, files in config["features"].items()
            for target in targets
            if target not in files
        ),
        titles={
            name: {key: block[key] for key in ("title", "paper_row")}
            for name, block in config["targets"].items()
        },
        tables=(
            *(f"results/tables/table{n}.{ext}" for n in "1234" for ext in TABLE_FORMATS),
            "results/tables/differences.csv",
            "results/tables/failures.csv",
        ),
        figures=_figures(targets, has_curves=len(numbers) > 1 and bool(artist_kinds)),
        genre_target=_find_target(config, "NAVER Korean", default_position=-1),
        maps=_song_maps(config, trained, unseen_songs),
        baseline_split=baseline_split,
        unseen_songs=unseen_songs,
    )


def _training_mb(artist_set: Config) -> int:
    if artist_set["count"] == ALL:
        songs = SONGS_OF_ALL  # the collection has not been read yet
    else:
        songs = artist_set["count"] * (artist_set["songs_train"] + artist_set["songs_valid"])
    return TRAINING_BASE_MB + round(TRAINING_MB_PER_SONG * songs)


def _score_files(model: str, config: Config) -> tuple[str, ...]:
    """List the files of scores of a model or of features, for all its seeds and targets."""
    has_seeds = model == UNTRAINED or "-" in model
    covered = config["features"].get(model, config["targets"])
    return tuple(
        f"results/scores/{model}/seed-{seed}/{target}.json"
        for seed in (config["seeds"] if has_seeds else [0])
        for target in covered
    )


def _figures(targets: Sequence[str], has_curves: bool) -> tuple[str, ...]:
    names = [
        "scores",
        *(f"spectrograms_{target}" for target in targets),
        *(["figure2", "figure3", "figure4"] if has_curves else []),
        *("figure5", "figure6", "figure7"),
    ]
    return tuple(f"results/figures/{name}.{ext}" for name in names for ext in FIGURE_FORMATS)


def _find_target(config: Config, paper_row: str, default_position: int) -> str:
    """Find the target with a row of the paper; if there is none, take the one at a position."""
    for name, block in config["targets"].items():
        if block["paper_row"] == paper_row:
            return str(name)
    return str(list(config["targets"])[default_position])


def _song_maps(config: Config, trained: Sequence[str], unseen_songs: str) -> dict[str, SongMap]:
    """Plan figure 6, artists that no model was trained on, and figure 7, the genres of GTZAN."""
    count = config["artists"]["count"]
    model = f"basic-{count}" if "basic" in config["models"] else trained[0]
    folder = f"results/embeddings/{model}/seed-{config['seeds'][0]}"
    target = _find_target(config, "GTZAN (fault-filtered)", default_position=0)
    title = config["targets"][target]["title"] or target
    return {
        "6": SongMap(
            features=f"{folder}/unseen-artists.npz",
            labels=unseen_songs,
            column="artist",
            title=f"Songs by artists that {model} was not trained on",
        ),
        "7": SongMap(
            features=f"{folder}/{target}.npz",
            labels=f"results/labels/{target}.csv",
            column="label",
            title=f"{title}, songs as {model} hears them",
        ),
    }


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
