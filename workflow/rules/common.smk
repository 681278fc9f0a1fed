# The run, as the rules see it: the checked config, cut into narrow blocks.
import shutil
import sys
from pathlib import Path

from deepartist.config import artist_sets, data_files, list_folder, resolve_config
from deepartist.errors import InputError
from deepartist.fingerprint import fingerprint, fingerprint_file
from deepartist.settings import to_words

try:
    RUN = resolve_config(config, Path(workflow.configfiles[0]).parent, Path.cwd())
except InputError as error:
    sys.exit(f"error: config: {error}")

SOURCE, COUNT, SEEDS, DEVICE = RUN["source"], RUN["artists"]["count"], RUN["seeds"], RUN["device"]
HAS_GPU = shutil.which("nvidia-smi") is not None
GPUS = {"cpu": 0, "cuda": 1, "auto": int(HAS_GPU)}[DEVICE]

# Data sets: what makes their corpus, what their loader reads, their shards.
DATASETS = RUN["datasets"]
DEMOS = [name for name, block in DATASETS.items() if block.get("demo_songs")]
DEMO_SETTINGS = {
    name: to_words({k: v for k, v in block.items() if k not in ("kind", "path", "lists", "shards")})
    for name, block in DATASETS.items()
}
LOADER_KIND = {name: block["kind"] for name, block in DATASETS.items()}
LOADER_CODE = {name: fingerprint(f"datasets.{block['kind']}") for name, block in DATASETS.items()}
LOADER_SETTINGS = {
    name: to_words({k: v for k, v in block.items() if k != "shards" and not k.startswith("demo_")})
    for name, block in DATASETS.items()
}
LOADER_FILES = {
    name: [f"results/demo/{name}/corpus.json"] if name in DEMOS else data_files(block)
    for name, block in DATASETS.items()
}
# Folders that are known by nothing but what lies in them.
LISTINGS = {name: list_folder(block) for name, block in DATASETS.items()}
N_SHARDS = {name: block["shards"] for name, block in DATASETS.items()}
SHARDS = {
    name: [f"results/mels/{name}/shard-{shard:04d}/shard.json" for shard in range(n)]
    for name, n in N_SHARDS.items()
}

# Splits and targets.
ARTIST_LIST = f"{DATASETS[SOURCE].get('lists') or DATASETS[SOURCE]['path']}/msd-artist-list.pkl"
PUBLISHED = ["--published", ARTIST_LIST] if LOADER_KIND[SOURCE] == "msd" else []
# Of a synthesised corpus, the list is within the folder that the clips come from.
PUBLISHED_FILES = [] if SOURCE in DEMOS else PUBLISHED[1:]
ARTIST_SETS = artist_sets(RUN)
ARTIST_SETTINGS = {count: to_words(block) for count, block in ARTIST_SETS.items()}
# A song in memory is 0.33 MB.
TRAIN_MEM_MB = {
    count: 3000 + round(0.4 * block["count"] * (block["songs_train"] + block["songs_valid"]))
    for count, block in ARTIST_SETS.items()
}
BASELINE_SPLIT = f"results/splits/{SOURCE}/artists-{COUNT}.csv"
TARGETS = RUN["targets"]
TARGET_SETTINGS = {
    name: to_words({k: v for k, v in block.items() if k not in ("title", "paper_row")})
    for name, block in TARGETS.items()
}
TARGET_SOURCE_SPLIT = {
    name: [BASELINE_SPLIT] if block["held_out"] else [] for name, block in TARGETS.items()
}

# Models, in the order of the tables' columns.
MODELS = [*(f"{kind}-{COUNT}" for kind in RUN["models"]), "random", "mfcc"]
ARTIST_KINDS = [kind for kind in RUN["models"] if kind != "tag"]
CURVE_MODELS = [f"{kind}-{count}" for kind in ARTIST_KINDS for count in ARTIST_SETS]
ALL_MODELS = list(dict.fromkeys([*MODELS, *CURVE_MODELS]))
SCORES_OF = {
    model: expand(
        "results/scores/{model}/seed-{seed}/{target}.json",
        model=model,
        seed=SEEDS if model != "mfcc" else [0],
        target=TARGETS,
    )
    for model in ALL_MODELS
}
SCORES = [path for model in ALL_MODELS for path in SCORES_OF[model]]
TABLE_SCORES = [path for model in MODELS for path in SCORES_OF[model]]
# Titles are the user's words: as plain values, their braces would be taken for wildcards.
ROWS = to_words(
    {name: {key: block[key] for key in ("title", "paper_row")} for name, block in TARGETS.items()}
)
TABLES = [
    *expand("results/tables/table{number}.{ext}", number=[1, 2, 3], ext=["csv", "md"]),
    "results/tables/differences.csv",
    "results/tables/failures.csv",
]
FIGURES = expand(
    "results/figures/{figure}.{ext}",
    figure=[
        "scores",
        *(f"spectrograms_{target}" for target in TARGETS),
        *(["figure2", "figure3", "figure4"] if len(CURVE_MODELS) > len(ARTIST_KINDS) else []),
    ],
    ext=["png", "svg"],
)


wildcard_constraints:
    dataset="|".join(DATASETS),
    shard=r"\d{4}",
    artists="|".join(ARTIST_SETS),
    seed=r"\d+",
    model=r"(basic|siamese|tag)-\d+|random|mfcc",
    number=r"\d",
