"""What a user may get wrong: one clear line or a recorded failure, no traceback, nothing lost."""

import json

import numpy as np
import pandas as pd
import pytest
import soundfile
import yaml

FAILURES = "results/tables/failures.csv"


@pytest.fixture
def library(checkout, tmp_path, rng):
    """Fourteen usable clips of two artists in a folder with an awkward name, and a config."""
    folder = tmp_path / "my $music; 'all' of {it}"
    for artist in ("Ünïcode & Sons", "Plain"):
        (folder / artist).mkdir(parents=True)
        for song in range(7):
            path = folder / artist / f"song {song}.wav"
            soundfile.write(path, 0.1 * rng.standard_normal(80_000), 22_050)
    checkout.arguments = ["--directory", str(tmp_path / "run"), "--configfile", "library.yaml"]
    write_config(checkout, folder)
    return folder


def write_config(checkout, folder, **changes):
    config = {
        "datasets": {"library": {"kind": "library", "path": "$MUSIC"}},
        "source": "library",
        "targets": {"library": {"label": "artist", "held_out": True, "title": "{mine} | all"}},
        "artists": {"count": 2, "songs_train": 2, "songs_valid": 1, "songs_test": 2},
        "models": ["basic"],
        "device": "cpu",
    }
    checkout.environment = {"MUSIC": str(folder)}
    (checkout.folder / "library.yaml").write_text(yaml.safe_dump(config | changes))


def last_line(finished) -> str:
    assert finished.returncode != 0
    assert "Traceback" not in finished.stdout
    return finished.stdout.strip().splitlines()[-1]


def test_an_unknown_key(checkout, library):
    write_config(checkout, library, max_failed_fractoin=0.1)
    assert last_line(checkout.snakemake("-n")) == (
        "error: config: max_failed_fractoin: unknown key; did you mean 'max_failed_fraction'?"
    )


def test_a_missing_folder(checkout, library):
    write_config(checkout, library.with_name("elsewhere"))
    line = last_line(checkout.snakemake("-n"))
    assert line.startswith("error: config: datasets.library.path: ")
    assert line.endswith("elsewhere does not exist; set it to where the data are")


def test_two_config_files(checkout, library):
    (checkout.folder / "library.yaml").rename(checkout.folder / "first.yaml")
    (checkout.folder / "configs" / "second.yaml").write_text("seeds: [1]\n")
    checkout.arguments[3:] = ["first.yaml", "configs/second.yaml"]
    line = last_line(checkout.snakemake("-n"))
    assert line.startswith("error: config: 2 config files are given (")
    assert "first.yaml, " in line
    assert line.endswith(
        "configs/second.yaml); relative paths start from the config file, so give "
        "one that holds everything"
    )


def test_numbers_in_brackets_on_the_command_line(checkout, library):
    assert checkout.planned()["train_basic"] == 1
    checkout.arguments += ["--config", "seeds=[0,1]", "artists={count: 2}"]
    assert checkout.planned()["train_basic"] == 2


def test_braces_in_a_path_of_features(checkout, library, tmp_path):
    (tmp_path / "{clap}.npz").touch()
    features = {"clap": {"library": str(tmp_path / "{clap}.npz")}}
    write_config(checkout, library, features=features)
    line = last_line(checkout.snakemake("-n"))
    assert line.startswith("error: config: features.clap.library: ")
    assert "has braces, which Snakemake reads as wildcards" in line


@pytest.mark.slow
def test_failures_are_recorded_within_the_limit_and_stop_the_run_above_it(checkout, library):
    soundfile.write(library / "Plain" / "silent.wav", np.zeros(80_000), 22_050)
    (library / "Plain" / "text.mp3").write_bytes(b"no sound" * 1000)
    short = np.sin(np.arange(22_050) / 20)
    soundfile.write(library / "Plain" / "short.wav", short, 22_050)

    finished = checkout.snakemake(FAILURES)
    assert finished.returncode != 0
    assert "Traceback" not in finished.stdout
    message = "library: 3 of 17 clips cannot be used, more than max_failed_fraction = 0.05"
    assert message in finished.stdout
    assert not (checkout.results / "tables").exists()
    index = json.loads((checkout.results / "mels/library/shard-0000/shard.json").read_text())
    assert len(index["clips"]) == 14

    write_config(checkout, library, max_failed_fraction=0.25)
    output = checkout.run(FAILURES)
    assert "make_shard" not in output  # what was read is kept
    failures = pd.read_csv(checkout.results / "tables/failures.csv", index_col="clip_id")
    assert failures.loc["Plain/silent", "reason"] == "silent"
    assert failures.loc["Plain/text", "reason"].startswith("cannot be decoded")
    assert failures.loc["Plain/short", "reason"] == "too short (1.00 s; at least 2.97 s needed)"


@pytest.mark.slow
def test_too_few_songs_say_so_before_the_first_job(checkout, library):
    settings = {"count": 3, "songs_train": 2, "songs_valid": 1, "songs_test": 2}
    write_config(checkout, library, artists=settings)
    finished = checkout.snakemake()
    assert last_line(finished).startswith("error: no job was started")
    said = " ".join(finished.stdout.split())  # the table's lines are as wide as the terminal
    assert "2 artists with 5 songs, 3 asked for; lower artists.count" in said
    assert not checkout.results.exists()


@pytest.mark.slow
def test_awkward_names_go_through_to_the_tables(checkout, library):
    training = {"max_epochs": 1, "batch_size": 2}
    write_config(
        checkout,
        library,
        models=["basic", "siamese"],
        training={"basic": training, "siamese": training | {"negatives": 2}},
        targets={
            "library": {
                "label": "artist",
                "held_out": True,
                "title": "{mine} | <all> $x$ 'of' \"it\"",
                "train_fraction": 0.4,
                "valid_fraction": 0.2,
            }
        },
        artists={"count": 2, "songs_train": 2, "songs_valid": 1, "songs_test": 2},
    )
    checkout.run()
    table = (checkout.results / "tables/table1.md").read_text()
    assert "{mine}" in table


@pytest.fixture
def library_of_the_world(checkout, library, tmp_path):
    """The library, with a folder whose name Latin-1 cannot express above it."""
    folder = tmp_path / "日本" / library.name
    folder.parent.mkdir()
    library.rename(folder)
    (folder / "Plain").rename(folder / "곡")
    return folder


def test_a_dry_run_in_a_latin_1_locale(checkout, library_of_the_world, latin1):
    # The path stands in the config itself, so it has no dollar sign.
    folder = library_of_the_world.rename(library_of_the_world.with_name("곡"))
    data = {"kind": "library", "path": str(folder)}
    write_config(checkout, folder, datasets={"library": data})
    expected = checkout.planned()
    checkout.environment = latin1
    assert checkout.planned() == expected


@pytest.mark.slow
def test_a_run_in_a_latin_1_locale_makes_the_same_tables(checkout, library_of_the_world, latin1):
    training = {"basic": {"max_epochs": 1, "batch_size": 2}}
    write_config(checkout, library_of_the_world, training=training)
    made = {}
    for name, environment in (("utf-8", {}), ("latin-1", latin1)):
        checkout.environment |= environment
        checkout.arguments[1] = str(library_of_the_world.parent / name)  # --directory
        checkout.run("tables")
        made[name] = {
            path.name: path.read_bytes()
            for path in (checkout.results / "tables").iterdir()
            if path.suffix in (".csv", ".md")
        }
    assert made["latin-1"] == made["utf-8"]
    assert "곡/song 0" in (checkout.results / "manifests/library.csv").read_text(encoding="utf-8")
