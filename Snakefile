# Entry of the workflow: the config is checked, the rules are included, the targets are named.
from snakemake.utils import min_version

min_version("9.0")

# A config file on the command line takes the place of the default run; the two are never merged.
if not workflow.configfiles:

    configfile: Path(workflow.basedir) / "config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/corpora.smk"
include: "workflow/rules/manifests.smk"
include: "workflow/rules/mels.smk"
include: "workflow/rules/splits.smk"
include: "workflow/rules/models.smk"
include: "workflow/rules/embeddings.smk"
include: "workflow/rules/scores.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/figures.smk"


rule all:
    default_target: True
    input:
        TABLES,
        FIGURES,


rule tables:
    input:
        TABLES,


rule figures:
    input:
        FIGURES,
