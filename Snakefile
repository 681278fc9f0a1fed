# Entry of the workflow: the config is checked, the rules are included, the targets are named.
from snakemake.utils import min_version

min_version("9.0")

# A config file on the command line takes the place of the default run; the two are never merged.
if not workflow.configfiles:

    configfile: Path(workflow.basedir) / "config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/demo.smk"
include: "workflow/rules/datasets.smk"
include: "workflow/rules/mels.smk"
include: "workflow/rules/splits.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/embeddings.smk"
include: "workflow/rules/scores.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/figures.smk"


# The data are checked before the first job that reads them; not in dry runs, nor in cluster jobs.
onstart:
    from deepartist.doctor import before_run

    # Snakemake says nowhere else which jobs a run has.
    needed = [
        job
        for job in workflow.dag.needrun_jobs()
        if job.rule.name in ("write_manifest", "make_shard")
    ]
    if unread := {job.wildcards.dataset for job in needed} - set(PLAN.demos):
        stage.report_errors(lambda: before_run.check_before_run(RUN, unread))


# Seconds of work on tables and pictures: on a cluster they run where Snakemake does.
localrules:
    choose_unseen,
    draw_curves,
    draw_genres,
    draw_map,
    draw_scores,
    draw_spectrograms,
    gather_failures,
    gather_scores,
    label_target,
    list_clips,
    split_artists,
    split_tags,
    write_table,


rule all:
    default_target: True
    input:
        PLAN.tables,
        PLAN.figures,


rule tables:
    input:
        PLAN.tables,


rule figures:
    input:
        PLAN.figures,
