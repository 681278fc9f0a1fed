import ast
import os
import re
import shutil

import pytest

from deepartist.datasets.audio_files import list_audio_files
from deepartist.provenance import fingerprint as code
from deepartist.provenance.fingerprint import (
    fingerprint,
    fingerprint_data,
    fingerprint_file,
    fingerprint_folder,
)
from helpers import stage_names

STAGES = stage_names()
# Commands for people, which no rule runs.
RULE_STAGES = set(STAGES) - {"cli", "config.options"}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the package to edit, with nothing remembered of the real one."""
    root = tmp_path / "deepartist"
    shutil.copytree(code.ROOT, root, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(code, "ROOT", root)
    code._read_module.cache_clear()
    yield root
    code._read_module.cache_clear()


def write(path, text):
    """Edit a module; a new process would read it anew."""
    path.write_text(text, encoding="utf-8")
    code._read_module.cache_clear()


def hashes(*stages):
    """Fingerprint stages: the hash of each module that they are made of, by its name."""
    entries = (entry.partition("=") for entry in fingerprint(*stages))
    return {module.removeprefix("deepartist."): digest for module, _, digest in entries}


def differing(before, after):
    return {
        module for module in before.keys() | after.keys() if before.get(module) != after.get(module)
    }


# what counts as a change

MODULE = '''"""What the module does."""

from deepartist.mels import mel

SIZES = (1, 2)  # two


class Sampler:
    """A class."""

    def draw(self, n=3):
        """Draw."""
        return [mel, "a", n]
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# two", "# no more than two"),
        ("  # two", ""),
        ("What the module does.", "Something else."),
        ('    """A class."""\n\n', ""),
        ('"""Draw."""', "'''Draw a sample.\n\n        At length.\n        '''"),
        ("\n\n\n", "\n\n\n\n\n# ----\n"),
        ('"a"', "'a'"),
        ("(1, 2)", "(\n    1,\n    2,\n)"),
        ("(1, 2)", "1, 2"),
        ("    return", "    # why\n        return"),
    ],
)
def test_words_and_layout_do_not_count(package, old, new):
    path = package / "sample.py"
    write(path, MODULE)
    before = hashes("sample")
    assert MODULE.count(old) >= 1
    write(path, MODULE.replace(old, new))
    assert hashes("sample") == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(1, 2)", "(1, 3)"),
        ("(1, 2)", "[1, 2]"),
        ("SIZES", "SIZE"),
        ('"a"', '"b"'),
        ('"a"', 'b"a"'),
        ("n=3", "n=4"),
        ("n=3", "n=3.0"),
        ("self, n", "self, *, n"),
        ("[mel,", "['mel',"),
        ('        return [mel, "a", n]', "        '''Draw.'''; return"),
        ("class Sampler:", "@final\nclass Sampler:"),
    ],
)
def test_code_counts(package, old, new):
    path = package / "sample.py"
    write(path, MODULE)
    before = hashes("sample")
    assert MODULE.count(old) >= 1
    write(path, MODULE.replace(old, new))
    assert differing(before, hashes("sample")) == {"sample"}


def test_the_whole_package_without_its_comments_is_the_same(package):
    before = hashes(*STAGES)
    assert len(before) > 40
    for path in package.rglob("*.py"):
        write(path, ast.unparse(ast.parse(path.read_text(encoding="utf-8"))))
    assert hashes(*STAGES) == before


# what is followed


@pytest.mark.parametrize(
    "line",
    [
        "import deepartist.deep.used",
        "import deepartist.deep.used as u",
        "from deepartist.deep import used",
        "from deepartist.deep import used as u, other",
        "from deepartist.deep.used import thing",
        "def f():\n    from deepartist.deep.used import thing",
        "def f():\n    async def g():\n        import deepartist.deep.used",
        "if SOMETHING:\n    from deepartist.deep import used",
        "try:\n    import numpy\nexcept ImportError:\n    import deepartist.deep.used",
        "from deepartist import between",
    ],
)
def test_imports_of_every_form_are_followed(package, line):
    (package / "deep").mkdir()
    for name in ("__init__", "used", "other"):
        write(package / "deep" / f"{name}.py", "thing = 1\n")
    write(package / "between.py", "from deepartist.deep.used import thing\n")
    write(package / "sample.py", f"{line}\n")
    before = hashes("sample")
    write(package / "deep" / "used.py", "thing = 2\n")
    assert differing(before, hashes("sample")) == {"deep.used"}


def test_what_is_not_of_the_package_is_not_followed(package):
    write(
        package / "sample.py",
        "import numpy\nfrom torch import nn\nimport deepartist\nimport deepartists.mel\n"
        "from deepartist.mels.mel import log_mel\nfrom deepartist import nothing_there\n",
    )
    assert list(hashes("sample")) == ["constants", "mels.mel", "sample"]


def test_modules_may_import_each_other(package):
    write(package / "one.py", "import deepartist.two\n")
    write(package / "two.py", "def f():\n    import deepartist.one\n")
    assert list(hashes("one")) == ["one", "two"]


def test_a_package_counts_by_its_init(package):
    before = hashes("datasets.msd")
    write(package / "datasets" / "__init__.py", "X = 1\n")
    assert differing(before, hashes("datasets.msd")) == {"datasets"}


@pytest.mark.parametrize(
    "line", ["from . import mel", "from .mel import log_mel", "from .. import x"]
)
def test_relative_imports_are_refused(package, line):
    write(package / "sample.py", f"X = 1\n{line}\n")
    with pytest.raises(SyntaxError, match="relative import in line 2; write the full name"):
        fingerprint("sample")


@pytest.mark.parametrize("stage", ["nothing", "datasets.nothing", "mel.log_mel"])
def test_a_module_that_is_not_there_is_named(stage):
    with pytest.raises(ModuleNotFoundError, match=f"deepartist.{stage} is not a module"):
        fingerprint(stage)


def test_several_stages_are_the_union_sorted():
    both = fingerprint("scores.stats", "tables.write_table", "mels.clip")
    assert both == sorted(
        {
            *fingerprint("scores.stats"),
            *fingerprint("tables.write_table"),
            *fingerprint("mels.clip"),
        }
    )
    assert all(re.fullmatch(r"deepartist\.[\w.]+=[0-9a-f]{12}", entry) for entry in both)


def test_a_data_file_counts_by_its_bytes(package):
    before = fingerprint_file("tables/published.csv")
    assert re.fullmatch(r"tables/published\.csv=[0-9a-f]{12}", before)
    path = package / "tables/published.csv"
    path.write_bytes(path.read_bytes())
    assert fingerprint_file("tables/published.csv") == before
    path.write_bytes(path.read_bytes() + b"\n")
    assert fingerprint_file("tables/published.csv") != before


def test_lists_of_the_user_s_count_by_their_bytes(tmp_path):
    path = tmp_path / "clips.csv"
    path.write_text("a\n")
    (before,) = fingerprint_data([str(path)])
    assert re.fullmatch(r"clips\.csv=[0-9a-f]{12}", before)
    os.utime(path, (0, 0))
    assert fingerprint_data([path]) == [before]
    path.write_text("b\n")
    os.utime(path, (0, 0))
    assert fingerprint_data([path]) != [before]
    assert fingerprint_data([tmp_path / "nothing.csv"]) == ["nothing.csv="]


def test_a_folder_is_known_by_its_files(tmp_path):
    folder = tmp_path / "data"
    song = folder / "somewhere" / "song.mp3"
    song.parent.mkdir(parents=True)
    song.touch()
    seen = [fingerprint_folder(folder)]
    assert re.fullmatch("[0-9a-f]{12}", seen[0])
    os.utime(song, ns=(0, song.stat().st_mtime_ns))  # reading it changes nothing
    assert fingerprint_folder(str(folder)) == seen[0]
    for change in (
        lambda: song.write_text("longer"),
        lambda: os.utime(song, ns=(0, 1)),
        lambda: (folder / "new.mp3").touch(),
        lambda: (folder / "new.mp3").rename(folder / "newer.mp3"),
        lambda: (folder / "dangling.mp3").symlink_to(folder / "nothing"),
        lambda: (folder / ".38 Special.mp3").touch(),
        lambda: (folder / "film.MP4").touch(),
        lambda: (folder / "blues.00001.au").touch(),
    ):
        change()
        seen.append(fingerprint_folder(folder))
    assert len(set(seen)) == len(seen)
    folder.rename(tmp_path / "moved")
    assert fingerprint_folder(tmp_path / "moved") == seen[-1]


@pytest.mark.parametrize(
    "name",
    [
        *("cover.jpg", "list.m3u", "list.m3u8", "album.nfo", "rip.log", "disc.cue", "notes.txt"),
        *(".DS_Store", "Thumbs.db", "desktop.ini", "._song.mp3", "README", "song.mp3.part"),
        *("@eaDir/song.mp3", ".git/song.mp3", ".Trash-1000/song.mp3", ".cache/song.mp3"),
    ],
)
def test_what_loaders_do_not_read_does_not_count_in_a_folder(tmp_path, name):
    song = tmp_path / "somewhere" / "song.mp3"
    song.parent.mkdir(parents=True)
    song.touch()
    before = fingerprint_folder(tmp_path)
    for other in (tmp_path / name, song.parent / name):
        other.parent.mkdir(exist_ok=True)
        other.write_text("something")
        assert fingerprint_folder(tmp_path) == before
        assert other not in list_audio_files(tmp_path).files


# how far an edit reaches


def of(room, *modules):
    return {f"{room}.{module}" for module in modules}


DRAWN_FROM_SCORES = of(
    "figures", "draw_curves", "draw_genres", "draw_identification", "draw_scores"
)
LAID_OUT = of("tables", "tabulate_identification", "tabulate_tags", "write_table")
TABULATED = LAID_OUT | of("tables", "write_reproduction")
WITH_CARDS = TABULATED | of("tables", "write_card")
TRAINED = of("training", "train_basic", "train_siamese", "train_tag")
SCORED = of("scores", "score_features", "score_identification", "score_svm", "score_tags")
DESCRIBED = of("embeddings", "describe_mel", "describe_mfcc", "describe_librosa", "import_features")
REACHED = {
    "figures.style": DRAWN_FROM_SCORES | of("figures", "draw_map", "draw_spectrograms"),
    "figures.seed_means": DRAWN_FROM_SCORES,
    "figures.chance": DRAWN_FROM_SCORES,
    "figures.number_axis": of("figures", "draw_curves", "draw_identification"),
    "config.model_names": DRAWN_FROM_SCORES | of("figures", "draw_map", "draw_spectrograms"),
    "tables.write_table": of("tables", "write_table"),
    "tables.text": WITH_CARDS,
    "tables.layout": LAID_OUT,
    "tables.readings": of("tables", "write_reproduction"),
    "config.titles": WITH_CARDS
    | of("tables", "compare_untrained")
    | DRAWN_FROM_SCORES - of("figures", "draw_genres"),
    "scores.gather_scores": DRAWN_FROM_SCORES
    | of("scores", "gather_scores")
    | of("tables", "compare_untrained")
    | WITH_CARDS,
    "scores.identification": of("scores", "score_identification"),
    "scores.tagging": of("scores", "score_tags"),
    "scores.retrieval": of("scores", "score_features"),
    "scores.knn": of("scores", "score_features"),
    "scores.softmax": of("scores", "score_features"),
    "scores.outcomes": SCORED,
    "splits.labels": SCORED | DESCRIBED | DRAWN_FROM_SCORES | of("figures", "draw_spectrograms"),
    "embeddings.features": SCORED
    | DESCRIBED
    | of("embeddings", "embed_songs")
    | of("figures", "map_songs"),
    "embeddings.embed_clips": of("embeddings", "embed_songs"),
    "models.encoder": TRAINED
    | of("training", "make_random")
    | of("embeddings", "embed_songs")
    | of("models", "import_encoder"),
    "models.authors": of("models", "import_encoder"),
    "training.fit": TRAINED,
    "training.losses.cross_entropy": of("training", "train_basic"),
    "training.losses.tag": of("training", "train_tag"),
    "training.losses.relevance": of("training", "train_siamese"),
    "training.losses.hinge": of("training", "train_siamese"),
    "training.losses.softmax": set(),  # no model of the default run uses it
    "training.songs": TRAINED | of("training", "make_random"),
    "splits.label_target": of("splits", "label_target"),
    "splits.split_artists": of("splits", "split_artists"),
    "splits.split_tags": of("splits", "split_tags"),
    "splits.artist_order": of("splits", "split_artists"),
    "splits.split_table": of(
        "splits", "split_artists", "split_tags", "label_target", "choose_unseen"
    ),
    "mels.mel": of("mels", "make_shard"),
    "mels.audio": of("mels", "make_shard") | of("embeddings", "describe_librosa"),
    "mels.shard_writer": of("mels", "make_shard"),
    "mels.shard_reader": TRAINED
    | of("training", "make_random")
    | of("embeddings", "embed_songs", "describe_mel", "describe_mfcc")
    | of("figures", "draw_spectrograms"),
    "datasets.audio_files": of("datasets", "library"),
    "demo.synthesiser.instruments": of("demo", "synthesise_corpus"),
    "config.run": set(),
    "config.plan": set(),
    "doctor.file_checks": set(),
}


def code_of(stage):
    """The hashes of a stage as its rule of the default run carries them."""
    losses = {"training.train_siamese": "hinge", "training.train_basic": "cross_entropy"}
    loss = losses.get(stage)
    return hashes(stage, *([f"training.losses.{loss}"] if loss else []))


def edit(package, module):
    path = package.joinpath(*module.split(".")).with_suffix(".py")
    write(path, path.read_text(encoding="utf-8") + "\nEDITED = 1\n")


@pytest.fixture(scope="module")
def unedited():
    """The hashes of each stage of the package."""
    return {stage: code_of(stage) for stage in RULE_STAGES}


@pytest.mark.parametrize("module", REACHED)
def test_an_edit_reaches_these_stages_and_no_others(package, unedited, module):
    edit(package, module)
    changes = {stage: differing(unedited[stage], code_of(stage)) for stage in RULE_STAGES}
    assert {stage for stage, modules in changes.items() if modules} == REACHED[module]
    assert all(modules == {module} for modules in changes.values() if modules)


@pytest.mark.parametrize("room", ["process", "provenance"])
def test_an_edit_to_how_processes_run_and_record_reaches_nothing(package, unedited, room):
    modules = sorted(path.stem for path in (package / room).glob("*.py"))
    assert len(modules) > 2
    for module in modules:
        edit(package, f"{room}.{module}")
    assert {stage: code_of(stage) for stage in RULE_STAGES} == unedited
