# The run, as the rules see it: the checked config, cut into narrow blocks.
import shutil
import sys
from pathlib import Path

from deepartist.config import data_files, list_folder, resolve_config
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
ARTIST_SETTINGS = to_words({k: v for k, v in RUN["artists"].items() if k != "count"})
# A song in memory is 0.33 MB.
SONGS_PER_ARTIST = RUN["artists"]["songs_train"] + RUN["artists"]["songs_valid"]
TRAIN_MEM_MB = 3000 + round(0.4 * COUNT * SONGS_PER_ARTIST)
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
SCORES = [
    f"results/scores/{model}/seed-{seed}/{target}.json"
    for model in MODELS
    for seed in (SEEDS if model != "mfcc" else [0])
    for target in TARGETS
]
# Titles are the user's words: as plain values, their braces would be taken for wildcards.
ROWS = to_words(
    {name: {key: block[key] for key in ("title", "paper_row")} for name, block in TARGETS.items()}
)
TABLES = [
    *expand("results/tables/table{number}.{ext}", number=[1, 2, 3], ext=["csv", "md"]),
    "results/tables/failures.csv",
]
FIGURES = expand(
    "results/figures/{figure}.{ext}",
    figure=["scores", *(f"spectrograms_{target}" for target in TARGETS)],
    ext=["png", "svg"],
)


wildcard_constraints:
    dataset="|".join(DATASETS),
    shard=r"\d{4}",
    artists=r"\d+",
    seed=r"\d+",
    model=r"(basic|siamese|tag)-\d+|random|mfcc",
    number=r"\d",
