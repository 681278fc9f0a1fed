# Entry of the workflow: checks the config, includes the rules and names the targets.
from snakemake.utils import min_version

min_version("9.0")

# Snakemake has no public way to ask whether another workflow uses this one as a module.
IS_MODULE = not workflow.modifier.is_main_snakefile()

# A config file on the command line replaces config.yaml; the two are never merged. A module gets
# its config from the workflow that uses it, which has a report of its own, too.
if not IS_MODULE and not workflow.configfiles:

    configfile: Path(workflow.basedir) / "config.yaml"


if not IS_MODULE:

    report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/demo.smk"
include: "workflow/rules/datasets.smk"
include: "workflow/rules/mels.smk"
include: "workflow/rules/splits.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/models.smk"
include: "workflow/rules/embeddings.smk"
include: "workflow/rules/scores.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/figures.smk"


# The data are checked before the first job that reads them, but not in dry runs and cluster jobs.
onstart:
    from deepartist.doctor import before_run

    # Snakemake has no public way to ask which jobs will run.
    needed = [
        job
        for job in workflow.dag.needrun_jobs()
        if job.rule.name in ("write_manifest", "make_shard")
    ]
    if unread := {job.wildcards.dataset for job in needed} - set(PLAN.demos):
        stage.report_errors(lambda: before_run.check_before_run(RUN, unread))


# Learning from few songs can make vectors worse than they were: a run says so at its end.
onsuccess:
    # Of this run alone: where its targets do not need the file, an old one may say what is not so.
    for job in workflow.dag.jobs:
        if job.rule.name == "compare_untrained":
            print(Path(job.output[0]).read_text(encoding="utf-8"), end="", file=sys.stderr)


rule all:
    input:
        PLAN.tables,
        PLAN.figures,
        PLAN.cards,
        # Asked for by name: a training that was started anew and then stopped has taken the old
        # model away, and without this it would not go on where the tables are up to date.
        PLAN.weights,


rule tables:
    input:
        PLAN.tables,


rule figures:
    input:
        PLAN.figures,
