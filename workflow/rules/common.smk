# What all rules share: the checked config, the plan made from it, and functions that write params.
# Those with `localrule: True` take seconds: on a cluster they run beside Snakemake, not as cluster
# jobs. A list of their names would not hold in a module, whose rules get other names.
import json
import shutil
import sys
from pathlib import Path

from deepartist.config.baselines import CLASSIFIED_BY_SVM, FROM_MELS, UNTRAINED
from deepartist.config.command_line import read_given, require_one_file
from deepartist.config.kinds import ALL_KINDS, JOINED
from deepartist.config.plan import make_plan
from deepartist.config.run import resolve_config
from deepartist.config.settings import parse_settings, to_words
from deepartist.process import stage
from deepartist.process.disk import require_writable
from deepartist.process.errors import InputError
from deepartist.process.utf8 import ensure_utf8
from deepartist.provenance.fingerprint import (
    fingerprint,
    fingerprint_data,
    fingerprint_file,
    fingerprint_folder,
)

if sys.getfilesystemencoding() != "utf-8":
    import gc

    from snakemake.common.workdir_handler import WorkdirHandler

    # Snakemake could not name the files of the data, nor pass them to its jobs, so it starts again.
    # It has changed to --directory; the handler of that has no public name, but knows the way back.
    handlers = (each for each in gc.get_objects() if type(each) is WorkdirHandler)
    ensure_utf8(next((handler.olddir for handler in handlers), None))
# Where this workflow writes, as params have it: Snakemake puts the prefix of a module before inputs
# and outputs alone, and has no public way to ask for it. Inputs of the user are `local`: they lie
# where the config says, without a prefix.
RESULTS = str(Path(workflow.modifier.path_modifier.replace_prefix("results/")))
try:
    # Snakemake has no public names for the config files and for the values of --config. Relative
    # data paths start from the config file; those of a module, whose config may come from anywhere,
    # from the working directory.
    RUN = resolve_config(
        config if IS_MODULE else read_given(config, workflow.config_settings.config),
        Path.cwd() if IS_MODULE else require_one_file(workflow.configfiles).parent,
        Path.cwd(),
        RESULTS,
    )
except InputError as error:
    sys.exit(f"error: config: {error}")
stage.report_errors(lambda: require_writable(Path(RESULTS)))
PLAN = make_plan(RUN)

GPUS = {"cpu": 0, "cuda": 1, "auto": int(shutil.which("nvidia-smi") is not None)}[RUN["device"]]
DEVICE = f"--device {RUN['device']}"
# On a GPU, the job of one seed trains all seeds that are missing, and the others' jobs find them
# trained. A resource, because another seed in the config does not change the models of the others,
# as another param would.
BESIDE = f"--beside {' '.join(map(str, RUN['seeds']))}" if GPUS else ""
DATASETS = RUN["datasets"]
# Titles of the targets of each task.
CLASSIFIED = {target: PLAN.titles[target] for target in PLAN.classified}
IDENTIFIED = {target: PLAN.titles[target] for target in PLAN.identified}
TAGGED = {target: PLAN.titles[target] for target in PLAN.tagged}
# By target: the manifest and the shards of its data set, and the excerpt of its clips.
TARGET_CLIPS = {
    target: f"results/clips/{dataset}.csv" for target, dataset in PLAN.dataset_of.items()
}
TARGET_SHARDS = {target: PLAN.shards[dataset] for target, dataset in PLAN.dataset_of.items()}
EXCERPT = {name: f"--excerpt {block['excerpt']}" for name, block in DATASETS.items()}
TARGET_EXCERPT = {target: EXCERPT[dataset] for target, dataset in PLAN.dataset_of.items()}
# A hash of the folder's files, for data sets whose clips are the files of a folder, not of a list:
# a new file there changes the data set.
LISTINGS = {
    name: (
        f"files={fingerprint_folder(block['path'])}"
        if ALL_KINDS[block["kind"]].is_folder and name not in PLAN.demos
        else "files="
    )
    for name, block in DATASETS.items()
}


# Snakemake compares the params of a job with those of its last run, as two sets of values, and
# prints those that differ. So each param is one word: `module=hash`, `key=value` or `--option
# value`.


def settings(block, prefix="set"):
    """Make a param `<prefix>_<key>` of each setting of a block."""
    return {f"{prefix}_{word.partition('=')[0]}": word for word in to_words(block)}


def settings_by(wildcard, blocks, prefix="set"):
    """Make such params, of the block that the value of a wildcard selects.

    All blocks have the same keys.
    """
    params = {value: settings(block, prefix) for value, block in blocks.items()}
    keys = next(iter(params.values()))
    return {key: lookup(f"{{{wildcard}}}/{key}", within=params) for key in keys}


def literal(params):
    """Make params functions, so that Snakemake does not read braces in them as wildcards."""
    return {key: lambda wildcards, word=word: word for key, word in params.items()}


def literal_word(value):
    """Make a param of a value in JSON, which Snakemake does not read for wildcards."""
    word = json.dumps(value, ensure_ascii=False)
    return lambda wildcards: word


def options(block, prefix="set"):
    """Write the placeholders of these params in a shell command."""
    return " ".join(f"{{params.{prefix}_{key}:q}}" for key in block)


def fingerprint_by(wildcard, code_of):
    """Make a param of each module of a stage that the value of a wildcard selects.

    All jobs of a rule have the same params, so one param per module of all stages is made. Where a
    stage does not have a module, the param repeats the stage's first word. Snakemake compares sets,
    so this has no effect, and an edit of other stages' modules reruns nothing.
    """
    modules = sorted({word.partition("=")[0] for code in code_of.values() for word in code})
    params = {
        value: {module: code[0] for module in modules}
        | {word.partition("=")[0]: word for word in code}
        for value, code in code_of.items()
    }
    return [lookup(f"{{{wildcard}}}/{module}", within=params) for module in modules]


wildcard_constraints:
    dataset="|".join(PLAN.datasets),
    target="|".join(PLAN.targets),
    pretrained="|".join(RUN["pretrained"]) or "-",
    map="|".join(PLAN.maps) or "-",
    shard=r"\d{4}",
    artists="|".join(PLAN.artist_sets),
    basic="|".join(PLAN.trainings["basic"]),
    siamese="|".join(PLAN.trainings["siamese"]),
    tag="|".join(PLAN.trainings["tag"]),
    seed=r"\d+",
    model="|".join(PLAN.models),
    trained="|".join(PLAN.split_of) or "-",
    baseline="|".join(FROM_MELS),
    features="|".join(RUN["features"]) or "-",
    number=r"\d",
