"""The look at the data before the first job."""

import pytest
import soundfile
import yaml

pytestmark = pytest.mark.slow
LOOK = "checking the data (deepartist doctor)"


@pytest.fixture
def table(checkout, tmp_path, rng):
    """Seven usable clips each of two artists, listed in a table, and a config."""
    songs = [(f"{artist} {i}.wav", artist) for artist in ("one", "two") for i in range(7)]
    for name, _ in songs:
        soundfile.write(tmp_path / name, 0.1 * rng.standard_normal(70_000), 22_050)
    path = tmp_path / "songs.csv"
    path.write_text("path,artist\n" + "".join(f"{name},{artist}\n" for name, artist in songs))
    config = {
        "datasets": {"songs": {"kind": "table", "path": str(path)}},
        "source": "songs",
        "targets": {"songs": {"label": "artist", "held_out": True, "train_fraction": 0.4}},
        "artists": {"count": 2, "songs_train": 2, "songs_valid": 1, "songs_test": 2},
        "models": ["basic"],
        "device": "cpu",
    }
    (checkout.folder / "songs.yaml").write_text(yaml.safe_dump(config))
    checkout.arguments = ["--directory", str(tmp_path / "run"), "--configfile", "songs.yaml"]
    return path


def test_broken_data_stops_a_run_before_its_first_job_but_no_dry_run(checkout, table):
    with table.open("a") as file:
        file.write("empty.mp3,one\n")
    table.with_name("empty.mp3").touch()
    dry = checkout.snakemake("--dry-run")
    assert dry.returncode == 0
    assert LOOK not in dry.stdout

    finished = checkout.snakemake()
    assert finished.returncode != 0
    assert "Traceback" not in finished.stdout
    assert "empty file (0 bytes): 1 of 15 clips" in " ".join(finished.stdout.split())
    last = finished.stdout.strip().splitlines()[-1]
    assert last.startswith("error: no job was started, because the data have the errors above")
    assert not checkout.results.exists()

    # as the line says; and the folder is not locked
    assert LOOK not in checkout.run("results/manifests/songs.csv", "--no-hooks")


def test_data_that_has_been_read_is_not_looked_at_again(checkout, table):
    output = checkout.run("results/clips/songs.csv")
    assert output.count(LOOK) == 1
    for clip in table.parent.glob("*.wav"):
        clip.unlink()
    assert LOOK not in checkout.run("results/labels/songs.csv")


def test_nothing_is_said_of_data_that_the_run_synthesises(checkout):
    assert LOOK not in checkout.run("results/manifests/naver.csv")
