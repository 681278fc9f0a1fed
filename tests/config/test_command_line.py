"""Config files and values of ``--config``, as Snakemake's command line hands them on."""

import pytest
from snakemake.cli import parse_config
from snakemake.utils import update_config

from deepartist.config.command_line import read_given, require_one_file
from deepartist.config.run import resolve_config
from deepartist.process.errors import InputError


def read(tmp_path, *words, **others):
    """Resolve a config with words of ``--config``, parsed and merged by Snakemake itself."""
    config = {
        "datasets": {
            "songs": {"kind": "msd", "demo_songs": 2},
            "clips": {"kind": "gtzan", "demo_songs": 9},
        },
        "source": "songs",
        "targets": {"clips": {}},
    }
    given = parse_config(words)
    update_config(config, others)
    update_config(config, given)
    return resolve_config(read_given(config, given), tmp_path, tmp_path)


@pytest.mark.parametrize(
    ("word", "keys", "value"),
    [
        ("seeds=[0,1]", ("seeds",), [0, 1]),
        ("seeds=[0, 12]", ("seeds",), [0, 12]),
        ("artists={count: 7, more_counts: [3, 5]}", ("artists", "more_counts"), [3, 5]),
        ("artists={songs_by_count: {5000: [4, 1, 2]}}", ("artists", "songs_by_count"), None),
        ("training={siamese: {margin: 0.3}}", ("training", "siamese", "margin"), 0.3),
        ("training={basic: {decay: 1e-3}}", ("training", "basic", "decay"), 0.001),
        ("training={tag: {max_epochs: 3}}", ("training", "tag", "max_epochs"), 3),
        ("datasets={songs: {demo_songs: 5}}", ("datasets", "songs", "demo_songs"), 5),
        ("datasets={songs: {shards: 4}}", ("datasets", "songs", "shards"), 4),
        ("targets={clips: {seed: 3}}", ("targets", "clips", "seed"), 3),
        ("targets={clips: {title: 1975}}", ("targets", "clips", "title"), "1975"),
        ("figures={artists: [1975, 2]}", ("figures", "artists"), ["1975", "2"]),
        ("models=[basic]", ("models",), ["basic"]),
        ("max_failed_fraction=0.5", ("max_failed_fraction",), 0.5),
    ],
)
def test_values_are_read_as_in_a_file(tmp_path, word, keys, value):
    resolved = read(tmp_path, word)
    for key in keys:
        resolved = resolved[key]
    if value is None:
        value = {"5000": [4, 1, 2]}
    assert resolved == value
    assert str(resolved) == str(value)  # 1 is neither True nor 1.0


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("seeds=[a]", "seeds.0: is 'a'; it must be of type integer"),
        ("seeds=[0.5]", "seeds.0: is 0.5; it must be of type integer"),
        ("seeds=[[1]]", r"seeds.0: is \['1'\]; it must be of type integer"),
        ("artists={cuont: 7}", "artists.cuont: unknown key; did you mean 'count'?"),
        ("datasets={songs: {demo_songs: x}}", "datasets.songs.demo_songs: is 'x'; it must be"),
        ("datasets=[songs]", "datasets: is "),
    ],
)
def test_what_cannot_be_read_is_refused_as_in_a_file(tmp_path, word, line):
    with pytest.raises(InputError, match=line):
        read(tmp_path, word)


def test_text_in_the_config_file_is_not_read_again(tmp_path):
    with pytest.raises(InputError, match=r"seeds\.0: is '0'; it must be of type integer"):
        read(tmp_path, "device=cpu", seeds=["0"])


def test_without_values_the_config_is_as_in_the_file():
    for given in (None, {}):
        assert read_given({"seeds": ["0"]}, given) == {"seeds": ["0"]}


def test_one_config_file_is_enough(tmp_path):
    assert require_one_file([str(tmp_path / "a.yaml")]) == tmp_path / "a.yaml"
    with pytest.raises(InputError, match=r"2 config files are given \(a\.yaml, x/b\.yaml\); .*one"):
        require_one_file(["a.yaml", "x/b.yaml"])


@pytest.mark.parametrize(
    ("word", "where"),
    [
        ("datasets={clips: {kind: gtzan, path: music}}", "datasets.clips.path: music"),
        ("datasets={clips: {lists: ../l.yaml}}", "datasets.clips.lists: ../l.yaml"),
        ("features={clap: {clips: clap.npz}}", "features.clap.clips: clap.npz"),
        ("datasets={clips: {path: $HERE/music}}", "datasets.clips.path: .HERE/music"),
    ],
)
def test_a_relative_path_on_the_command_line_is_refused(tmp_path, monkeypatch, word, where):
    monkeypatch.setenv("HERE", "here")
    with pytest.raises(InputError, match=f"{where} is given on the command line, and .* whole"):
        read(tmp_path, word)


@pytest.mark.parametrize("text", ["$HERE/clap.npz", "~/clap.npz"])
def test_a_whole_path_on_the_command_line_is_taken(tmp_path, monkeypatch, text):
    for name in ("HERE", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    (tmp_path / "clap.npz").touch()
    resolved = read(tmp_path, f"features={{clap: {{clips: {text}}}}}")
    assert resolved["features"] == {"clap": {"clips": str(tmp_path / "clap.npz")}}
