import argparse
import copy
import json

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepartist.config.settings import (
    add_settings_option,
    check_block,
    load_schema,
    parse_settings,
    to_words,
)
from deepartist.process.errors import InputError
from helpers import put

SCHEMA = load_schema()
# Blocks of the schema that a stage is handed as words.
BLOCKS = sorted(name for name, schema in SCHEMA["$defs"].items() if schema["type"] == "object")
CONFIG = {
    "datasets": {"gtzan": {"kind": "gtzan", "demo_songs": 2}},
    "source": "gtzan",
    "targets": {"gtzan": {"held_out": True}},
}


def refusal(call, *arguments) -> str:
    """Call, expect an InputError, and return its one line."""
    with pytest.raises(InputError) as caught:
        call(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# the schema itself


def follow(schema):
    name = schema.get("$ref", "").removeprefix("#/$defs/")
    return {**SCHEMA["$defs"][name], **schema} if name else schema


def walk(schema, path=""):
    """Yield each property of a schema, blocks that it refers to included: path, its schema, where
    it stands."""
    for key, value in schema.get("properties", {}).items():
        value = follow(value)
        yield f"{path}{key}", value, schema
        yield from walk(value, f"{path}{key}.")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from walk(follow(schema["additionalProperties"]), f"{path}<name>.")


PROPERTIES = [
    *walk(SCHEMA),
    *(row for name in BLOCKS for row in walk(SCHEMA["$defs"][name], f"{name}.")),
]


def test_the_schema_is_one():
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_property_has_a_description_of_one_line():
    for path, schema, _ in PROPERTIES:
        if path.rpartition(".")[2] == "kind":  # what it does is choose the other keys
            continue
        description = schema.get("description", "")
        assert description.endswith("."), path
        assert "\n" not in description, path


def test_every_property_has_a_default_or_is_required():
    without = {
        path
        for path, schema, parent in PROPERTIES
        if "default" not in schema
        and "const" not in schema
        and path.rpartition(".")[2] not in parent.get("required", [])
    }
    # a data set has one of these two; some have no demo
    datasets = [name for name in BLOCKS if name.startswith("dataset")]
    assert without == {f"{name}.path" for name in datasets} | {
        f"{name}.demo_songs"
        for name in datasets
        if name.removeprefix("dataset_") not in ("dataset", "library", "jamendo", "magnatagatune")
    } | {"dataset_jamendo.table", "dataset.kind"}


def test_defaults_are_what_they_may_be():
    for path, schema, _ in PROPERTIES:
        if "default" in schema:
            complete = {**schema, "$defs": SCHEMA["$defs"]}
            errors = jsonschema.Draft202012Validator(complete).iter_errors(schema["default"])
            assert not list(errors), path


def test_no_block_takes_unknown_keys():
    for block in [SCHEMA, *map(SCHEMA["$defs"].get, BLOCKS), SCHEMA["properties"]["training"]]:
        assert block["additionalProperties"] is False


# what is right


def test_defaults_at_every_depth():
    config = put(put(CONFIG, "training.siamese.margin", 0.2), "artists.count", 10)
    before = copy.deepcopy((config, SCHEMA))
    checked = check_block(config, SCHEMA)
    assert (config, SCHEMA) == before
    assert checked["training"]["siamese"]["margin"] == 0.2
    assert checked["artists"]["count"] == 10
    for path, schema, _ in walk(SCHEMA):
        changed = ("training.siamese.margin", "artists.count", "source")
        if "default" in schema and path not in changed and "pretrained.<" not in path:
            value = checked
            for key in path.replace("<name>", "gtzan").split("."):
                value = value[key]
            if isinstance(value, dict) and "properties" in schema:
                assert value  # its keys are on this list too
            elif path != "targets.<name>.held_out":
                assert value == schema["default"], path


def test_defaults_are_the_papers():
    checked = check_block(CONFIG, SCHEMA)
    assert checked["artists"] == {
        "count": 5000,
        "songs_train": None,  # 15, see test_run.py
        "songs_valid": None,
        "songs_test": None,
        "seed": 0,
        "more_counts": [],
        "without_targets": False,
        "songs_by_count": {},
    }
    assert checked["models"] == ["basic", "siamese", "tag"]
    training = checked["training"]
    rates = {kind: block["learning_rate"] for kind, block in training.items()}
    assert rates == {"basic": 0.015, "siamese": 0.1, "tag": 0.015}
    assert (training["siamese"]["negatives"], training["siamese"]["margin"]) == (4, 0.4)
    assert (training["tag"]["batch_size"], training["tag"]["dropout"]) == (15, 0.5)
    assert (checked["evaluation"]["neighbours"], checked["evaluation"]["softmax_trials"]) == (
        20,
        10,
    )


# what is wrong


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("sorce", "sorce: unknown key; did you mean 'source'?"),
        ("artists.cuont", "artists.cuont: unknown key; did you mean 'count'?"),
        ("targets.gtzan.titel", "targets.gtzan.titel: unknown key; did you mean 'title'?"),
        ("training.siamise", "training.siamise: unknown key; did you mean 'siamese'?"),
        (
            "training.siamese.negativs",
            "training.siamese.negativs: unknown key; did you mean 'negatives'?",
        ),
        ("training.tag.margni", "training.tag.margni: unknown key; known keys: batch_size, "),
        ("training.basic.margni", "training.basic.margni: unknown key; did you mean 'margin'?"),
        ("tags.xyzzy", "tags.xyzzy: unknown key; known keys: count, seed"),
        ("evaluation.neighbors", "evaluation.neighbors: unknown key; did you mean 'neighbours'?"),
    ],
)
def test_unknown_keys_and_the_nearest_known_one(key, message):
    assert refusal(check_block, put(CONFIG, key, 1), SCHEMA).startswith(message)


def test_a_key_that_is_no_text():
    assert refusal(check_block, {**CONFIG, 7: 1}, SCHEMA).startswith("7: unknown key; known keys")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("source", 3, "is 3; it must be of type string or null"),
        ("datasets.gtzan", None, "is None; it must be of type object"),
        ("artists.count", "many", "is 'many'; it must be a number or 'all'"),
        ("artists.count", True, "is True; it must be of type integer"),
        ("artists.count", 5.0, "is 5.0; it must be of type integer"),
        ("artists.count", 1, "is 1; it must be at least 2"),
        ("targets.gtzan.title", 3, "is 3; it must be of type string or null"),
        *(
            ("targets.gtzan.title", text, f"is {text!r}; it must be one line of text, without '</'")
            for text in ("two\nlines", "red \x1b[31m", "x</script>")
        ),
        ("targets.gtzan.held_out", "yes", "is 'yes'; it must be of type boolean"),
        ("targets.gtzan.label", "mood", "is 'mood'; it may be one of: genre, artist"),
        ("targets.gtzan.train_fraction", 1, "is 1; it must be less than 1"),
        ("max_failed_fraction", 1.5, "is 1.5; it must be at most 1"),
        ("max_failed_fraction", float("nan"), "is nan; it must be of type number"),
        ("training.tag.learning_rate", 0, "is 0; it must be greater than 0"),
        ("training.tag.learning_rate", float("inf"), "is inf; it must be of type number"),
        ("training.tag.learning_rate", "1e-2", "is '1e-2'; it must be of type number"),
        ("device", "gpu", "is 'gpu'; it may be one of: auto, cpu, cuda"),
        ("seeds", 1, "is 1; it must be of type array"),
    ],
)
def test_wrong_values(key, value, message):
    assert refusal(check_block, put(CONFIG, key, value), SCHEMA).startswith(f"{key}: {message}")


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [
        ("models", ["basic", 1], "models.1: is 1; it must be of type string"),
        (
            "evaluation.vectors",
            ["multilevel"],
            "evaluation.vectors: is ['multilevel']; it must contain 'embedding'",
        ),
        ("models", ["basic", "basic"], "models: "),
        ("seeds", [0, -1], "seeds.1: is -1; it must be at least 0"),
        ("datasets", {}, "datasets: "),
    ],
)
def test_wrong_lists(key, value, place):
    assert refusal(check_block, put(CONFIG, key, value), SCHEMA).startswith(place)


@pytest.mark.parametrize("key", ["datasets", "targets"])
def test_what_is_required(key):
    config = {k: v for k, v in CONFIG.items() if k != key}
    assert refusal(check_block, config, SCHEMA) == f"{key}: missing; it is required"


def test_a_data_set_needs_its_kind():
    config = put(CONFIG, "datasets.gtzan", {})
    assert refusal(check_block, config, SCHEMA) == "datasets.gtzan.kind: missing; it is required"


# words


def values_of(schema):
    """A strategy for the values that a schema allows."""
    schema = follow(schema)
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    strategies = {
        "boolean": st.booleans(),
        "null": st.none(),
        "string": st.from_regex(schema["pattern"], fullmatch=True)
        if "pattern" in schema
        else st.text(st.characters(codec="utf-8")),
        "integer": st.integers(schema.get("minimum"), schema.get("maximum")),
        "number": st.floats(
            schema.get("minimum", schema.get("exclusiveMinimum", None)),
            schema.get("maximum", schema.get("exclusiveMaximum", None)),
            exclude_min="exclusiveMinimum" in schema,
            exclude_max="exclusiveMaximum" in schema,
            allow_nan=False,
            allow_infinity=False,
        ),
    }
    if "items" in schema:
        size = {"min_size": schema.get("minItems", 0), "max_size": schema.get("maxItems", 5)}
        unique = schema.get("uniqueItems", False)
        lists = st.lists(values_of(schema["items"]), unique=unique, **size)
        needed = schema.get("contains", {}).get("const")
        strategies["array"] = lists.filter(lambda values: needed is None or needed in values)
    if isinstance(schema.get("additionalProperties"), dict):
        values = values_of(schema["additionalProperties"])
        strategies["object"] = st.dictionaries(st.from_regex("[0-9]{1,5}", fullmatch=True), values)
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return st.one_of(strategies[kind] for kind in kinds)


@pytest.mark.parametrize("block", BLOCKS)
@settings(max_examples=30)
@given(data=st.data())
def test_words_come_back_as_the_block(block, data):
    schema = SCHEMA["$defs"][block]
    parts = {key: values_of(part) for key, part in schema["properties"].items()}
    needed = {key: parts.pop(key) for key in schema.get("required", ()) if key in parts}
    values = data.draw(st.fixed_dictionaries(needed, optional=parts))
    words = to_words(values)
    assert all("\n" not in word for word in words)  # a rule's shell line stays one line
    parser = argparse.ArgumentParser()
    add_settings_option(parser, block)
    given_words = parser.parse_args(["--set", *words]).set
    parsed = parse_settings(given_words, block)
    assert parsed == check_block(values, schema)
    assert {key: parsed[key] for key in values} == values
    assert parse_settings(to_words(parsed), block) == parsed


@pytest.mark.parametrize(
    "text",
    [
        "a b",
        " x ",
        "it's",
        'the "best"',
        "한국 음악",
        "a=b",
        "",
        "null",
        "7",
        "{",
        "$X",
    ],
)
def test_texts_come_back_whatever_they_hold(text):
    (word,) = to_words({"title": text})
    assert parse_settings([word], "target")["title"] == text


def test_words_can_be_read():
    block = {"title": "한국 음악", "seed": 3, "paper_row": None}
    assert to_words(block) == ['title="한국 음악"', "seed=3", "paper_row=null"]


def test_words_of_a_user():
    block = parse_settings(["path=/my music/è", "shards=3", "lists=null"], "dataset_gtzan")
    others = {"excerpt": "start", "licence": None}
    assert block == {"path": "/my music/è", "shards": 3, "lists": None} | others
    assert parse_settings(["title=a=b"], "target")["title"] == "a=b"


def test_a_command_may_have_defaults_of_its_own():
    defaults = {"neighbours": "auto"}
    assert parse_settings([], "evaluation", defaults)["neighbours"] == "auto"
    assert parse_settings(["neighbours=3"], "evaluation", defaults)["neighbours"] == 3
    assert parse_settings([], "evaluation")["neighbours"] == 20
    parser = argparse.ArgumentParser()
    add_settings_option(parser, "evaluation", defaults)
    [line] = [line for line in parser.epilog.splitlines() if line.startswith("  neighbours:")]
    assert line.endswith('(default "auto")')


def test_the_last_of_two_words_counts():
    assert parse_settings(["shards=3", "shards=4"], "dataset_fma")["shards"] == 4


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("neighbours", "--set neighbours: write KEY=VALUE"),
        ("neighbors=3", "--set.neighbors: unknown key; did you mean 'neighbours'?"),
        ("neighbours=few", "--set.neighbours: is 'few'; it must be a number or 'auto'"),
        ("neighbours=5.0", "--set.neighbours: is 5.0; it must be of type integer or string"),
        ("resample=albums", "--set.resample: is 'albums'; it may be one of: artists, songs"),
        ("bootstrap_resamples=9", "--set.bootstrap_resamples: is 9; it must be at least 100"),
        ("seed=NaN", "--set.seed: is nan; it must be of type integer"),
    ],
)
def test_wrong_words(word, message):
    assert refusal(parse_settings, [word], "evaluation") == message


@pytest.mark.parametrize("block", BLOCKS)
def test_help_says_every_key_and_its_default(block):
    parser = argparse.ArgumentParser(prog="x")
    add_settings_option(parser, block)
    lines = parser.format_help().splitlines()
    for key, schema in SCHEMA["$defs"][block]["properties"].items():
        schema = follow(schema)
        (line,) = (line for line in lines if line.startswith(f"  {key}: "))
        assert schema.get("description", "") in line
        if "default" in schema:
            assert line.endswith(f"(default {json.dumps(schema['default'])})")


def test_a_number_that_yaml_takes_for_text_gets_a_hint():
    schema = load_schema()["$defs"]["train_basic"]
    with pytest.raises(InputError) as error:
        check_block({"learning_rate": "1e-2"}, schema, "training.basic")
    assert str(error.value) == (
        "training.basic.learning_rate: is '1e-2'; it must be of type number, such as 1.0e-2"
    )
