"""The jobs of a run, counted."""

from deepartist.progress.jobs import Job, Jobs


def test_a_job_is_named_by_its_rule_and_what_its_log_adds():
    names = {
        "results/logs/split_tags.log": "split_tags",
        "results/logs/split_tags/msd.log": "split_tags msd",
        "results/logs/split_tags/msd/seed-0.log": "split_tags msd/seed-0",
        "elsewhere.log": "split_tags",
        "": "split_tags",
    }
    for log, name in names.items():
        assert Job("split_tags", log, 0).name == name


def test_a_job_of_a_module_has_a_prefix_before_its_rule_alone():
    log = "tags/results/logs/split_tags/msd.log"
    assert Job("other_split_tags", log, 0).name == "other_split_tags msd"


def test_a_stage_is_whole_with_the_last_of_its_jobs():
    jobs = Jobs({"embed": 2, "all": 1})
    for number in (1, 2):
        jobs.start(number, Job("embed", f"logs/embed/{number}.log", 0))
    jobs.start(3, Job("all", "", 0))
    assert jobs.finish(1) is None
    assert jobs.finish(2) == "embed"
    assert jobs.finish(3) is None  # it makes nothing
    assert not jobs.running
    assert sum(jobs.done.values()) == 3


def test_a_job_that_is_tried_again_has_not_failed():
    jobs = Jobs({"embed": 1})
    job = Job("embed", "logs/embed.log", 5)
    assert not jobs.start(1, job)
    assert jobs.fail(1, job)
    assert not jobs.fail(1, job)  # said a second time
    assert jobs.failed and not jobs.running
    assert jobs.start(1, job)
    assert not jobs.failed
    assert jobs.finish(1) == "embed"


def test_a_job_nobody_was_told_of_can_fail():
    assert Jobs().fail(1, Job("embed", "", 9))
    assert Jobs().finish(1) is None


def test_a_job_of_a_cluster_has_its_number_there():
    jobs = Jobs({"embed": 1})
    jobs.submit(1, "77")
    jobs.start(1, Job("embed", "logs/embed.log", 5))
    jobs.submit(1, "77")
    assert jobs.running == {1: Job("embed", "logs/embed.log", 5, "77")}
