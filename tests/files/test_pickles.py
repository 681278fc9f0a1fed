import io
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepartist.files.pickles import load_pickle
from deepartist.process.errors import InputError

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)

# A Python 2 pickle, protocol 2, of np.array([1, -2, 3], "int32"), byte by byte.
PYTHON2_ARRAY = (
    b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\x00\x85U\x01bq\x03"
    b"\x87q\x04Rq\x05(K\x01K\x03\x85cnumpy\ndtype\nq\x06U\x02i4K\x00K\x01\x87Rq\x07(K\x03U\x01<NNN"
    b"J\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x0c\x01\x00\x00\x00\xfe\xff\xff\xff\x03\x00\x00"
    b"\x00tb."
)


def write(folder, data: bytes):
    path = folder / "data.pkl"
    path.write_bytes(data)
    return path


def global_call(module: str, name: str, argument: bytes) -> bytes:
    """A protocol 0 pickle that calls module.name(argument)."""
    return b"c" + module.encode() + b"\n" + name.encode() + b"\n(" + argument + b"tR."


numbers = st.floats(allow_nan=False) | st.integers(-(2**63), 2**64 - 1)
keys = st.none() | st.booleans() | numbers | st.text()
plain_values = st.recursive(
    keys | st.integers(),
    lambda children: (
        st.lists(children)
        | st.tuples(children, children)
        | st.dictionaries(keys, children)
        | st.sets(keys)
        | st.frozensets(keys)
    ),
    max_leaves=10,
)


@given(value=plain_values, protocol=st.sampled_from(PROTOCOLS))
def test_plain_data_comes_back(tmp_path_factory, value, protocol):
    path = write(tmp_path_factory.getbasetemp(), pickle.dumps(value, protocol))
    assert load_pickle(path) == value


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "array",
    [
        np.arange(12, dtype="<f4").reshape(3, 4),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(3, dtype=">i2"),
        np.array([True, False]),
        np.array(["blues", "é"]),
        np.array([b"rock"]),
        np.array(7.5),
        np.empty((0, 3), dtype="f8"),
        np.array([1 + 2j]),
    ],
    ids=lambda array: f"{array.dtype}{array.shape}",
)
def test_arrays_come_back(tmp_path, array, protocol):
    loaded = load_pickle(write(tmp_path, pickle.dumps({"a": array}, protocol)))["a"]
    assert loaded.dtype == array.dtype
    np.testing.assert_array_equal(loaded, array)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_numpy_scalars_come_back(tmp_path, protocol):
    values = [np.float32(1.5), np.int64(-3), np.bool_(True)]
    assert load_pickle(write(tmp_path, pickle.dumps(values, protocol))) == values


def test_bytes_become_text(tmp_path):
    data = pickle.dumps({b"id": [b"caf\xc3\xa9", b"caf\xe9", b""]}, 2)
    assert load_pickle(write(tmp_path, data)) == {"id": ["café", "café", ""]}


def test_python2_text_protocol_0(tmp_path):
    data = b"(dp0\nS'TRAAA'\np1\n(lp2\nS'8/9/8947470.clip.mp3'\np3\naS'caf\\xc3\\xa9'\np4\nas."
    assert load_pickle(write(tmp_path, data)) == {"TRAAA": ["8/9/8947470.clip.mp3", "café"]}


def test_python2_array_protocol_2(tmp_path):
    array = load_pickle(write(tmp_path, PYTHON2_ARRAY))
    assert array.dtype == np.int32
    assert array.tolist() == [1, -2, 3]


def test_python2_array_protocol_0(tmp_path):
    data = (
        b"cnumpy.core.multiarray\n_reconstruct\np0\n(cnumpy\nndarray\np1\n(I0\ntp2\nS'b'\np3\ntp4\n"
        b"Rp5\n(I1\n(I1\nI2\ntp6\ncnumpy\ndtype\np7\n(S'b1'\np8\nI0\nI1\ntp9\nRp10\n(I3\nS'|'\np11\n"
        b"NNNI-1\nI-1\nI0\ntp12\nbI00\nS'\\x01\\x00'\np13\ntp14\nb."
    )
    array = load_pickle(write(tmp_path, data))
    assert array.dtype == bool
    assert array.tolist() == [[True, False]]


def test_call_is_refused_by_name_and_not_made(tmp_path):
    class Attack:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'called'}",)

    path = write(tmp_path, pickle.dumps([Attack()]))
    with pytest.raises(InputError, match=r"posix\.system") as caught:
        load_pickle(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "called").exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("builtins", "eval"),
        ("__builtin__", "getattr"),
        ("builtins", "list.append"),
        ("numpy", "load"),
        ("numpy.core.multiarray", "fromfile"),
        ("numpy", "ndarray.tofile"),
        ("copyreg", "_reconstructor"),
        ("collections", "OrderedDict"),
    ],
)
def test_other_globals_are_refused(tmp_path, module, name):
    with pytest.raises(InputError, match=f"names {module}.{name}, which is refused"):
        load_pickle(write(tmp_path, global_call(module, name, b"S'x'\n")))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_object_arrays_are_refused(tmp_path, protocol):
    array = np.array(["a", {"b": 1}], dtype=object)
    with pytest.raises(InputError, match="array of objects"):
        load_pickle(write(tmp_path, pickle.dumps(array, protocol)))


def test_records_are_refused(tmp_path):
    array = np.zeros(2, dtype=[("a", "f4"), ("b", "i4")])
    with pytest.raises(InputError, match="dtype 'V8'"):
        load_pickle(write(tmp_path, pickle.dumps(array)))


def test_bytes_behind_a_number_dtype_cannot_be_objects(tmp_path):
    swapped = PYTHON2_ARRAY.replace(b"\x89U\x0c" + PYTHON2_ARRAY[-15:-3], b"\x89](K\x01K\x02K\x03e")
    assert swapped != PYTHON2_ARRAY
    with pytest.raises(InputError, match="array of objects"):
        load_pickle(write(tmp_path, swapped))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_truncated_anywhere_is_refused(tmp_path, protocol):
    data = pickle.dumps({"ids": ["a" * 300, 5, 2.5], "x": np.arange(4)}, protocol)
    for length in [*range(0, len(data), 11), len(data) - 1]:
        with pytest.raises(InputError, match="not a pickle of plain data"):
            load_pickle(write(tmp_path, data[:length]))


@given(data=st.binary(max_size=60))
def test_any_bytes_give_plain_data_or_input_error(tmp_path_factory, data):
    path = write(tmp_path_factory.getbasetemp(), data)
    try:
        value = load_pickle(path)
    except InputError:
        return
    allowed = (str, int, float, complex, list, tuple, dict, set, frozenset, np.ndarray, np.generic)
    assert value is None or isinstance(value, allowed)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a pickle",
        b"c__builtin__\nset\n.",  # a callable as the value
        b"]q\x00h\x00a.",  # a list in itself
        global_call("_codecs", "encode", b"Vx\nVzlib\n"),
        global_call("__builtin__", "bytes", b"I1000000000000\n"),
        global_call("numpy", "dtype", b"I1000000000000\n"),
        global_call("numpy", "dtype", b"S'f4,O'\n"),
        b"c__builtin__\nset\n}S'__name__'\nI1\nsb.",  # sets attributes on a builtin
        b"\x8e" + (2**60).to_bytes(8, "little") + b"x.",  # bytes that are not there
        b"\x96" + (2**60).to_bytes(8, "little") + b"x.",
        b"]K\x01b.",  # sets the state of a list
        b"}}V__class__\nNsb.",  # sets attributes of a dict
        b"N\x85b.",  # sets the state of nothing
        b"](K\x01K\x02\x90.",  # adds members to a list
        b"}(K\x01u.",  # a key without a value
    ],
)
def test_malformed_is_refused(tmp_path, data):
    with pytest.raises(InputError, match="not a pickle of plain data"):
        load_pickle(write(tmp_path, data))


def test_the_state_of_a_finished_array_is_refused(tmp_path):
    dtype = b"cnumpy\ndtype\n(Vu1\ntR"
    array = b"cnumpy.core.numeric\n_frombuffer\n(C\x02ab" + dtype + b"K\x02\x85VC\ntR"
    assert load_pickle(write(tmp_path, array + b".")).tolist() == [97, 98]
    state = b"(K\x01K\x09\x85" + dtype + b"\x89C\x02abt"
    with pytest.raises(InputError, match="not a pickle of plain data"):
        load_pickle(write(tmp_path, array + state + b"b."))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("PERSID", b"Px\n."),
        ("BINPERSID", b"]K\x00\x86Q."),
        ("EXT1", b"\x82\x01."),
        ("EXT2", b"\x83\x01\x00."),
        ("EXT4", b"\x84\x01\x00\x00\x00."),
        ("INST", b"(i__builtin__\nset\n."),
        ("OBJ", b"(c__builtin__\nset\no."),
        ("NEWOBJ", b"c__builtin__\nset\n)\x81."),
        ("NEWOBJ_EX", b"c__builtin__\nset\n)}\x92."),
        ("DUP", b"]2."),
        ("POP", b"]N0."),
        ("POP_MARK", b"](N1."),
        ("NEXT_BUFFER", b"\x97."),
        ("READONLY_BUFFER", b"C\x01a\x98."),
    ],
)
def test_opcodes_that_plain_data_does_not_need_are_refused(tmp_path, name, data):
    with pytest.raises(InputError, match=f"it uses {name}, which is refused"):
        load_pickle(write(tmp_path, data))


def test_a_frame_that_ends_within_an_opcode_hides_no_other_opcodes(tmp_path):
    hidden = b"c__builtin__\nset\n(K\x01K\x02\x86NPx\n."
    frame = b"\x95" + (3).to_bytes(8, "little") + b"J\x01\x02"
    data = frame + b"\x03\x04C" + bytes([len(hidden)]) + hidden + b"."
    with pytest.raises(pickle.UnpicklingError, match="persistent"):  # here it does hide them
        pickle.Unpickler(io.BytesIO(data)).load()
    assert load_pickle(write(tmp_path, data)) == hidden.decode("latin1")


@pytest.mark.parametrize("state", [b"N}V__defaults__\nV?\n\x85s\x86", b"}V__defaults__\nV?\n\x85s"])
def test_a_pickle_cannot_change_the_next_one(tmp_path, state):
    honest = global_call("_codecs", "encode", b"Vx\n")
    assert load_pickle(write(tmp_path, honest)) == "x"
    with pytest.raises(InputError):
        load_pickle(write(tmp_path, b"c_codecs\nencode\n" + state + b"b."))
    assert load_pickle(write(tmp_path, honest)) == "x"


def test_shared_lists_are_not_multiplied(tmp_path):
    value = ["x"]
    for _ in range(60):
        value = [value, value]
    loaded = load_pickle(write(tmp_path, pickle.dumps(value)))
    assert loaded[0] is loaded[1]


SLOW_KEYS = {
    "pair": b"K\x01K\x02\x86",
    "pairs of pairs": b")" + 60 * b"q\x00h\x00\x86",  # to hash it takes for ever
    "large": b"\x8a\x09" + (2**64).to_bytes(9, "little"),  # all could have one hash
    "complex": b"c__builtin__\ncomplex\n(F1.0\nF2.0\ntR",
}


@pytest.mark.parametrize("key", SLOW_KEYS.values(), ids=SLOW_KEYS)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"}", b"Ns"),
        (b"}(", b"Nu"),
        (b"(", b"Nd"),
        (b"\x8f(", b"\x90"),
        (b"(", b"\x91"),
        (b"c__builtin__\nset\n(](", b"etR"),
    ],
    ids=["dict", "dict of items", "dict of old", "set", "frozenset", "set of old"],
)
def test_keys_that_could_be_made_slow_are_refused(tmp_path, before, key, after):
    with pytest.raises(InputError, match="that is not text or a number"):
        load_pickle(write(tmp_path, before + key + after + b"."))


@pytest.mark.parametrize(("before", "after"), [(b"}", b"Ns"), (b"\x8f(", b"\x90")])
def test_a_key_nested_so_deep_that_its_hash_would_crash_is_refused(tmp_path, before, after):
    key = b")" + 500_000 * b"\x85"
    with pytest.raises(InputError, match="that is not text or a number"):
        load_pickle(write(tmp_path, before + key + after + b"."))


def test_more_than_a_hundred_levels_are_refused(tmp_path):
    load_pickle(write(tmp_path, b"]" * 100 + b"a" * 99 + b"."))
    with pytest.raises(InputError, match="nested more than 100 deep"):
        load_pickle(write(tmp_path, b"]" * 101 + b"a" * 100 + b"."))


# Each of a few megabytes, of which some are meant to become gigabytes.
DATA = b"B" + (2**24).to_bytes(4, "little") + bytes(2**24)
TEXT = b"X" + (2**24).to_bytes(4, "little") + bytes(2**24)
FLAT = b"B" + (999_999).to_bytes(4, "little") + b"x" * 999_999
BOMBS = {
    "lists in lists": b"]" * 2**24,
    "one byte string": DATA + b"q\x00(" + 300 * b"h\x00" + b"l.",
    "bytes of one text": b"c_codecs\nencode\nq\x00"
    + (TEXT + b"q\x01Vlatin1\nq\x02(" + 300 * b"h\x00h\x01h\x02\x86R" + b"l."),
    "arrays of one byte string": b"cnumpy.core.numeric\n_frombuffer\nq\x00"
    + (DATA + b"q\x01cnumpy\ndtype\n(Vu1\ntRq\x02I16777216\n\x85q\x03VC\nq\x04(")
    + (300 * b"h\x00(h\x01h\x02h\x03h\x04tR" + b"l."),
    "scalars of one byte string": b"cnumpy.core.multiarray\nscalar\nq\x00"
    + (FLAT + b"q\x01cnumpy\ndtype\n(VS999999\ntRq\x02(")
    + (5000 * b"h\x00h\x02h\x01\x86R" + b"l."),
    "sets of one list": b"c__builtin__\nset\nq\x00("
    + (2**20 * b"K\x01" + b"l\x85q\x01(" + 2000 * b"h\x00h\x01R" + b"l."),
    "sets by the million": b"(" + b"\x8f" * 2**24 + b"l.",
    "a place far off in the memo": b"]r\xff\xff\xff\xff.",
    "a place far off in the memo of old": b"]p4294967295\n.",
}
LOAD = """
import resource, sys
from deepartist.process.errors import InputError
from deepartist.files.pickles import load_pickle

with open("/proc/self/statm") as file:
    addresses = int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (addresses + 2**30, addresses + 2**30))
try:
    load_pickle(sys.argv[1])
except InputError as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux only")
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("lists in lists", "it takes more steps than any list of this kind"),
        ("one byte string", ""),
        ("bytes of one text", "it holds one value too often"),
        ("arrays of one byte string", "it holds one value too often"),
        ("scalars of one byte string", "it holds one value too often"),
        ("sets of one list", "it holds one value too often"),
        ("sets by the million", "it takes more steps than any list of this kind"),
        ("a place far off in the memo", ""),
        ("a place far off in the memo of old", ""),
    ],
)
def test_no_small_pickle_takes_gigabytes(tmp_path, name, reason):
    path = write(tmp_path, BOMBS[name])
    child = subprocess.run(
        [sys.executable, "-c", LOAD, path], capture_output=True, text=True, check=False
    )
    assert child.stderr == ""
    assert child.stdout.count("\n") == bool(reason)
    assert reason in child.stdout


def test_a_gigabyte_of_nested_lists_is_refused_at_once(tmp_path):
    path = write(tmp_path, b"]" * 2**10)
    with path.open("r+b") as file:
        file.truncate(2**30 + 1)  # the rest takes no space on the disk
    with pytest.raises(InputError, match="larger than 1073741824 bytes"):
        load_pickle(path)


def test_missing_and_too_large_files(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load_pickle(tmp_path / "none.pkl")
    with pytest.raises(InputError, match="larger than 3 bytes"):
        load_pickle(write(tmp_path, pickle.dumps([1, 2])), max_bytes=3)
