# The run, as the rules see it: the checked config, cut into narrow blocks.
import shutil
import sys
from pathlib import Path

from deepartist.process import stage
from deepartist.config.run import artist_sets, data_files, list_folder, resolve_config
from deepartist.process.disk import require_writable
from deepartist.process.errors import InputError
from deepartist.provenance.fingerprint import fingerprint, fingerprint_data, fingerprint_file
from deepartist.provenance.reasons import shorten_record
from deepartist.config.settings import to_words

try:
    RUN = resolve_config(config, Path(workflow.configfiles[0]).parent, Path.cwd())
except InputError as error:
    sys.exit(f"error: config: {error}")
stage.report_errors(lambda: require_writable(Path("results")))

# So that reasons name the module or key that changed, params are words `key=value` or `--key value`.
logger.addFilter(shorten_record)

SOURCE, COUNT, SEEDS, DEVICE = RUN["source"], RUN["artists"]["count"], RUN["seeds"], RUN["device"]
HAS_GPU = shutil.which("nvidia-smi") is not None
GPUS = {"cpu": 0, "cuda": 1, "auto": int(HAS_GPU)}[DEVICE]

# Data sets: what makes their corpus, what their loader reads, their shards.
DATASETS = RUN["datasets"]
DEMOS = [name for name, block in DATASETS.items() if block.get("demo_songs")]
DEMO_SETTINGS = {
    name: to_words({k: v for k, v in block.items() if k.startswith("demo_") or k == "subset"})
    for name, block in DATASETS.items()
}
LOADER_KIND = {name: block["kind"] for name, block in DATASETS.items()}
LOADER_CODE = {name: fingerprint(f"datasets.{block['kind']}") for name, block in DATASETS.items()}
LOADER_SETTINGS = {
    name: to_words(
        {
            k: v
            for k, v in block.items()
            if k not in ("shards", "excerpt") and not k.startswith("demo_")
        }
    )
    for name, block in DATASETS.items()
}
LOADER_FILES = {
    name: (
        [f"results/demo/{name}/corpus.json"]
        if name in DEMOS
        else [ancient(path) for path in data_files(block)]
    )
    for name, block in DATASETS.items()
}
# Lists of the user's are known by their contents, whatever their time: one that was touched is the
# same, one that is older than the results may be another.
LIST_DIGESTS = {
    name: [] if name in DEMOS else fingerprint_data(files) for name, files in LOADER_FILES.items()
}
# Folders that are known by nothing but what lies in them.
LISTINGS = {name: f"files={list_folder(block)}" for name, block in DATASETS.items()}
EXCERPT = {name: f"--excerpt {block['excerpt']}" for name, block in DATASETS.items()}
N_SHARDS = {name: f"--shards {block['shards']}" for name, block in DATASETS.items()}
SHARDS = {
    name: [f"results/mels/{name}/shard-{shard:04d}/shard.json" for shard in range(block["shards"])]
    for name, block in DATASETS.items()
}

# Splits and targets.
ARTIST_LIST = f"{DATASETS[SOURCE].get('lists') or DATASETS[SOURCE]['path']}/msd-artist-list.pkl"
PUBLISHED = ["--published", ARTIST_LIST] if LOADER_KIND[SOURCE] == "msd" else []
# Of a synthesised corpus, the list is within the folder that the clips come from.
PUBLISHED_FILES = [] if SOURCE in DEMOS else PUBLISHED[1:]
PUBLISHED_DIGEST = fingerprint_data(PUBLISHED_FILES)
ARTIST_SETS = artist_sets(RUN)
ARTIST_SETTINGS = {count: to_words(block) for count, block in ARTIST_SETS.items()}
# A song in memory is 0.33 MB; torch comes on top and, on a cluster, Snakemake's own processes.
TRAIN_MEM_MB = {
    count: 4000 + round(0.4 * block["count"] * (block["songs_train"] + block["songs_valid"]))
    for count, block in ARTIST_SETS.items()
}
# Manifests whose artists no model is trained on.
LEFT_OUT_ARTISTS = [
    f"results/clips/{target}.csv"
    for target in RUN["targets"]
    if RUN["artists"]["without_targets"] and target != SOURCE
]
BASELINE_SPLIT = f"results/splits/{SOURCE}/artists-{COUNT}.csv"
TARGETS = RUN["targets"]
TARGET_SETTINGS = {
    name: to_words({k: v for k, v in block.items() if k not in ("title", "paper_row")})
    for name, block in TARGETS.items()
}
TARGET_SOURCE_SPLIT = {
    name: [BASELINE_SPLIT] if block["held_out"] else [] for name, block in TARGETS.items()
}

# Models: the columns of tables 1 to 3, the lines of figures 2 to 4, the rows of table 4.
TRAINED = [f"{kind}-{COUNT}" for kind in RUN["models"]]
MODELS = [*TRAINED, "random", "mfcc"]
ARTIST_KINDS = [kind for kind in RUN["models"] if kind != "tag"]
CURVE_MODELS = [f"{kind}-{count}" for kind in ARTIST_KINDS for count in ARTIST_SETS]
FEATURES = RUN["features"]
FEATURES_DIGEST = {
    name: {target: fingerprint_data([path]) for target, path in files.items()}
    for name, files in FEATURES.items()
}
LARGEST = max(ARTIST_SETS, key=int)
METHODS = [
    *(f"{kind}-{LARGEST}" for kind in ARTIST_KINDS),
    "random",
    "mfcc",
    *FEATURES,
    "librosa",
]
# Features from elsewhere that do not cover a target.
LEFT_OUT = [
    f"{name}:{target}" for name in FEATURES for target in TARGETS if target not in FEATURES[name]
]
ALL_MODELS = list(dict.fromkeys([*MODELS, *CURVE_MODELS, *METHODS]))
SCORES_OF = {
    model: expand(
        "results/scores/{model}/seed-{seed}/{target}.json",
        model=model,
        seed=SEEDS if model == "random" or "-" in model else [0],
        target=FEATURES.get(model, TARGETS),
    )
    for model in ALL_MODELS
}
SCORES = [path for model in ALL_MODELS for path in SCORES_OF[model]]
COMPARED_SCORES = [
    path for model in dict.fromkeys([*MODELS, *METHODS]) for path in SCORES_OF[model]
]
# What intervals depend on; the rest of the block is about classifiers.
RESAMPLING = {key: RUN["evaluation"][key] for key in ("bootstrap_resamples", "seed")}
TABLE_MODELS = {"1": MODELS, "2": MODELS, "3": MODELS, "4": METHODS}
# Titles are the user's words: as plain values, their braces would be taken for wildcards.
ROWS = to_words(
    {name: {key: block[key] for key in ("title", "paper_row")} for name, block in TARGETS.items()}
)
TITLES = {name: block["title"] or name for name, block in TARGETS.items()}
TABLES = [
    *expand(
        "results/tables/table{number}.{ext}", number=TABLE_MODELS, ext=["csv", "md", "tex", "html"]
    ),
    "results/tables/differences.csv",
    "results/tables/failures.csv",
]


def target_of_paper(row, otherwise):
    """Say which target stands in the place of one of the paper's."""
    named = (name for name, block in TARGETS.items() if block["paper_row"] == row)
    return next(named, list(TARGETS)[otherwise])


# Figure 5 is of the NAVER set, figure 6 of artists not trained on, figure 7 of GTZAN.
GENRE_TARGET = target_of_paper("NAVER Korean", otherwise=-1)
MAP_TARGET = target_of_paper("GTZAN (fault-filtered)", otherwise=0)
MAP_MODEL = f"basic-{COUNT}" if "basic" in RUN["models"] else TRAINED[0]
UNSEEN = f"results/splits/{SOURCE}/unseen-{COUNT}.csv"
MAPS = {
    "6": {
        "features": f"results/embeddings/{MAP_MODEL}/seed-{SEEDS[0]}/unseen-artists.npz",
        "labels": UNSEEN,
        "column": "artist",
    },
    "7": {
        "features": f"results/embeddings/{MAP_MODEL}/seed-{SEEDS[0]}/{MAP_TARGET}.npz",
        "labels": f"results/labels/{MAP_TARGET}.csv",
        "column": "genre",
    },
}
MAP_TITLES = {
    "6": f"Songs by artists that {MAP_MODEL} was not trained on",
    "7": f"{TITLES[MAP_TARGET]}, songs as {MAP_MODEL} hears them",
}
FIGURES = expand(
    "results/figures/{figure}.{ext}",
    figure=[
        "scores",
        *(f"spectrograms_{target}" for target in TARGETS),
        *(["figure2", "figure3", "figure4"] if len(CURVE_MODELS) > len(ARTIST_KINDS) else []),
        "figure5",
        "figure6",
        "figure7",
    ],
    ext=["png", "svg"],
)


wildcard_constraints:
    dataset="|".join(DATASETS),
    shard=r"\d{4}",
    artists="|".join(ARTIST_SETS),
    seed=r"\d+",
    model="|".join(ALL_MODELS),
    features="|".join(FEATURES) or "-",
    number=r"\d",
