"""The run on open data, `configs/open.yaml`, on lists of its size without sound."""

from pathlib import Path

import pytest
import yaml

from deepartist.config.run import artist_sets, resolve_config
from deepartist.config.settings import to_words
from deepartist.datasets import jamendo
from deepartist.datasets.manifest import build_manifest, write_manifest
from deepartist.splits import split_artists, split_tags
from deepartist.splits.split_table import read_split

CONFIG = Path(__file__).parents[2] / "configs" / "open.yaml"
# As many artists of MTG-Jamendo have 20 songs, and as many more have 18.
ARTISTS_OF_20, ARTISTS_OF_18 = 672, 40


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Lists that the config's environment variables lead to."""
    places = {
        "JAMENDO": tmp_path / "jamendo" / "audio",
        "JAMENDO_DATA": tmp_path / "jamendo" / "data",
        "FMA": tmp_path / "fma",
        "GTZAN": tmp_path / "gtzan",
        "TABLE": tmp_path / "mine.csv",
    }
    for variable, place in places.items():
        monkeypatch.setenv(variable, str(place))
        if variable != "TABLE":
            place.mkdir(parents=True)
    places["TABLE"].write_text("path,artist,genre\nx.mp3,a,b\n")
    (places["FMA"] / "fma_metadata").mkdir()
    (places["FMA"] / "fma_metadata" / "tracks.csv").touch()
    songs_of = [20] * ARTISTS_OF_20 + [18] * ARTISTS_OF_18
    songs = [(artist, song) for artist, songs in enumerate(songs_of) for song in range(songs)]
    table = ["TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS"]
    names = ["TRACK_ID\tARTIST_ID\tALBUM_ID\tTRACK_NAME\tARTIST_NAME\tALBUM_NAME\tRELEASEDATE\tURL"]
    for number, (artist, song) in enumerate(songs, start=1):
        fields = f"track_{number:07d}\tartist_{artist:06d}\talbum_{artist:06d}"
        table.append(f"{fields}\t{number % 100:02d}/{number}.mp3\t200.0\tgenre---g{artist % 60}")
        names.append(f"{fields}\tSong {song}\tArtist {artist}\tAlbum\t2009-01-01\thttp://x")
    (places["JAMENDO_DATA"] / "autotagging.tsv").write_text("\n".join(table) + "\n")
    (places["JAMENDO_DATA"] / "raw.meta.tsv").write_text("\n".join(names) + "\n")
    (places["JAMENDO"] / "01").mkdir()
    (places["JAMENDO"] / "01" / "1.low.mp3").touch()
    return places


def test_artist_and_tag_sets_of_jamendo(data, tmp_path, capsys):
    config = resolve_config(yaml.safe_load(CONFIG.read_text()), CONFIG.parent, tmp_path)
    assert list(config["datasets"]) == ["jamendo", "gtzan", "fma", "mine"]
    assert list(artist_sets(config)) == ["100", "200", "400", "672"]
    block = config["datasets"]["jamendo"]
    manifest = jamendo.load(block["path"], block["table"], block["splits"])
    write_manifest(manifest, tmp_path / "jamendo.csv")
    known = {"clip_id": "1", "path": "x", "artist_id": "7", "artist": "ARTIST 7"}
    write_manifest(build_manifest([known]), tmp_path / "fma.csv")
    common = ["--manifest", str(tmp_path / "jamendo.csv"), "--without", str(tmp_path / "fma.csv")]
    for count, parts in (("400", (15, 3, 2)), ("672", (13, 3, 2))):
        out = tmp_path / f"artists-{count}.csv"
        settings = to_words(artist_sets(config)[count])
        split_artists.main([*common, "--out", str(out), "--set", *settings])
        split = read_split(out)
        assert "artist_000007" not in set(split["label"])
        sizes = split["split"].value_counts()
        assert [sizes[part] for part in ("train", "valid", "test")] == [
            int(count) * songs for songs in parts
        ]
    out = tmp_path / "tags.csv"
    words = ["--match", str(tmp_path / "artists-400.csv"), "--out", str(out)]
    split_tags.main([*common, *words, "--set", *to_words(config["tags"])])
    tags = read_split(out)
    assert tags["split"].value_counts().to_dict() == {"train": 6000, "valid": 1200}
    assert tags["label"].nunique() == 50


@pytest.mark.slow
@pytest.mark.parametrize("source", ["jamendo", "fma_large"])
def test_the_plan(data, source, checkout):
    text = CONFIG.read_text()
    assert text.count("source: jamendo\n") == 1
    config = checkout.folder / "configs" / "mine.yaml"
    config.write_text(text.replace("source: jamendo\n", f"source: {source}\n"))
    checkout.arguments += ["--configfile", str(config), "--directory", str(checkout.folder / "run")]
    jobs = checkout.planned()
    blocks = yaml.safe_load(text)["datasets"]
    used = [source, "gtzan", "fma", "mine"]
    assert jobs["write_manifest"] == 4
    assert jobs["make_shard"] == sum(blocks[name].get("shards", 1) for name in used)
    assert jobs["train_basic"] == jobs["train_siamese"] == 4 * 3
    assert jobs["train_tag"] == 3
