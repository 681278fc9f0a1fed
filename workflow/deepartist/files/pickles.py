"""Pickles from the web: read for the plain data in them, never for what they would have run."""

import io
import pickle
import re
import textwrap
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from deepartist.process.errors import InputError

MAX_BYTES = 2**30
# The published lists take ten million at most; twenty million can take two gigabytes and a minute.
MAX_STEPS = 2**24
STEPS_PER_CONTAINER = 4
MAX_DEPTH = 100


def load_pickle(path: Path, max_bytes: int = MAX_BYTES, max_steps: int = MAX_STEPS):
    """Read a pickle of builtin containers, text, numbers and numpy arrays.

    Byte strings, which is how Python 2 wrote text, become text (UTF-8, or else Latin-1). Nothing
    that the pickle names is imported or called: arrays are built from their bytes here, and can
    only be read. Keys and members of sets are text, floats, None or integers of 64 bits. What a
    small file could be made to cost is bounded.

    Parameters
    ----------
    path : Path
        A pickle of any protocol, written by Python 2 or 3.
    max_bytes : int > 0
        Size of the largest file to read.
    max_steps : int > 0
        Most opcodes to follow; one that makes a container counts as four.

    Returns
    -------
    object
        What was pickled.

    Raises
    ------
    InputError
        The file is missing, too large, truncated, not a pickle, holds an array of objects, names
        anything else than the above, takes too many steps or is nested too deep.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    if path.stat().st_size > max_bytes:
        raise InputError(f"{path}: larger than {max_bytes} bytes, which no list of this kind is")
    try:
        data = path.read_bytes()
        value = _Unpickler(io.BytesIO(data), max_steps, len(data)).load()
        return _plain(value, {}, MAX_DEPTH)
    except Exception as error:  # a damaged pickle can raise any of them
        reason = textwrap.shorten(str(error) or type(error).__name__, 200, placeholder=" …")
        raise InputError(
            f"{path}: not a pickle of plain data ({reason}); get the file from its publisher again"
        ) from error


class _Dtype:
    """What `numpy.dtype` is to a pickle: a code and a byte order, for text and numbers only."""

    def __init__(self, code, *_flags):
        code = _text(code)
        if not re.fullmatch(r"[<>|=]?[biufcSU][0-9]{1,6}", code):
            kind = "objects" if code.lstrip("<>|=").startswith("O") else f"dtype '{code}'"
            raise pickle.UnpicklingError(f"it holds an array of {kind}")
        self.dtype = np.dtype(code)

    def __setstate__(self, state):
        order = _text(state[1])
        if order in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(order)


class _Array:
    """What `numpy.core.multiarray._reconstruct` gives to a pickle: an array still to be filled."""

    def __init__(self, *_empty):
        self.array = None

    def __setstate__(self, state):
        _version, shape, dtype, is_fortran, data = state
        self.array = _from_bytes(data, dtype, shape, "F" if is_fortran else "C")


def _from_bytes(data, dtype: _Dtype, shape=(), order="C") -> np.ndarray:
    if not isinstance(data, bytes | bytearray):
        raise pickle.UnpicklingError("it holds an array of objects")
    return np.frombuffer(data, dtype.dtype).reshape(shape, order=_text(order))


def _scalar(dtype: _Dtype, data) -> np.generic:
    return _from_bytes(data, dtype)[()]


def _latin1_bytes(text: str, encoding: str = "latin1") -> bytes:
    """Stand in for `_codecs.encode`, with which Python 3 writes bytes into older protocols."""
    if encoding != "latin1":
        raise pickle.UnpicklingError("it asks for another codec than latin1")
    return text.encode("latin1")


def _check_key(key):
    """Return a key or a member of a set where it is hashed in no time, whatever was intended.

    Tuples are not: one that holds another twice, and so on, takes for ever. Larger numbers and
    complex ones can be chosen to have all the same hash.
    """
    is_int = isinstance(key, int | np.integer) and -(2**63) <= key < 2**64
    if key is None or is_int or isinstance(key, str | bytes | float):
        return key
    raise pickle.UnpicklingError("it has a key, or a member of a set, that is not text or a number")


def _make_set(members=()) -> set:
    return {_check_key(member) for member in members}


def _make_frozenset(members=()) -> frozenset:
    return frozenset(_make_set(members))


_GLOBALS = {
    ("_codecs", "encode"): _latin1_bytes,
    ("numpy", "dtype"): _Dtype,
    ("numpy", "ndarray"): "ndarray",  # only ever an argument of _reconstruct
}
for _builtins in ("builtins", "__builtin__"):
    _GLOBALS[_builtins, "complex"] = complex
    _GLOBALS[_builtins, "set"] = _make_set
    _GLOBALS[_builtins, "frozenset"] = _make_frozenset
    _GLOBALS[_builtins, "bytes"] = lambda: b""  # no other bytes are written this way
for _core in ("numpy.core", "numpy._core"):
    _GLOBALS[f"{_core}.multiarray", "_reconstruct"] = _Array
    _GLOBALS[f"{_core}.multiarray", "scalar"] = _scalar
    _GLOBALS[f"{_core}.numeric", "_frombuffer"] = _from_bytes
_COPYING = (_latin1_bytes, _scalar)

_CONTAINER_OPCODES = (
    *(pickle.EMPTY_LIST, pickle.EMPTY_DICT, pickle.EMPTY_SET, pickle.EMPTY_TUPLE),
    *(pickle.LIST, pickle.DICT, pickle.FROZENSET, pickle.MARK, pickle.REDUCE),
    *(pickle.TUPLE, pickle.TUPLE1, pickle.TUPLE2, pickle.TUPLE3),
)
_SCALAR_OPCODES = (
    *(pickle.NONE, pickle.NEWTRUE, pickle.NEWFALSE, pickle.FLOAT, pickle.BINFLOAT),
    *(pickle.INT, pickle.BININT, pickle.BININT1, pickle.BININT2),
    *(pickle.LONG, pickle.LONG1, pickle.LONG4),
    *(pickle.STRING, pickle.BINSTRING, pickle.SHORT_BINSTRING, pickle.UNICODE),
    *(pickle.BINUNICODE, pickle.SHORT_BINUNICODE, pickle.BINUNICODE8),
    *(pickle.BINBYTES, pickle.SHORT_BINBYTES, pickle.BINBYTES8, pickle.BYTEARRAY8),
)
_OTHER_OPCODES = (
    *(pickle.PROTO, pickle.FRAME, pickle.STOP, pickle.GLOBAL, pickle.STACK_GLOBAL, pickle.BUILD),
    *(pickle.PUT, pickle.BINPUT, pickle.LONG_BINPUT, pickle.MEMOIZE),
    *(pickle.GET, pickle.BINGET, pickle.LONG_BINGET),
    *(pickle.APPEND, pickle.APPENDS, pickle.SETITEM, pickle.SETITEMS, pickle.ADDITEMS),
)


# The unpickler that is written in Python: that in C crashes on a tuple in a tuple in a … as a key,
# and sets aside what any index of its memo needs, which a file of ten bytes makes gigabytes.
class _Unpickler(pickle._Unpickler):
    def __init__(self, file, max_steps: int, size_bytes: int):
        super().__init__(file, encoding="bytes")
        self.steps_left = max_steps
        self.copies_left = size_bytes

    def find_class(self, module_name, global_name):
        try:
            stand_in = _GLOBALS[module_name, global_name]
        except KeyError:
            raise pickle.UnpicklingError(
                f"it names {module_name}.{global_name}, which is refused"
            ) from None
        return partial(self._copy, stand_in) if stand_in in _COPYING else stand_in

    def _copy(self, stand_in: Callable, *arguments):
        """Call what copies its arguments, as often as all of the file would be copied once."""
        self.copies_left -= sum(len(a) for a in arguments if isinstance(a, str | bytes | bytearray))
        if self.copies_left < 0:
            raise pickle.UnpicklingError("it holds one value too often")
        return stand_in(*arguments)

    def load_build(self):
        state = self.stack.pop()
        if not isinstance(self.stack[-1], _Array | _Dtype):
            raise pickle.UnpicklingError("it sets the state of what is no array")
        self.stack[-1].__setstate__(state)

    def load_bytearray8(self):
        self.load_binbytes8()  # that of pickle reserves what the file says, not what it has

    def load_dict(self):
        items = self.pop_mark()
        self.append(dict(_pair(items)))

    def load_setitem(self):
        value, key = self.stack.pop(), self.stack.pop()
        self._top(dict)[_check_key(key)] = value

    def load_setitems(self):
        items = self.pop_mark()
        self._top(dict).update(_pair(items))

    def load_append(self):
        value = self.stack.pop()
        self._top(list).append(value)

    def load_appends(self):
        items = self.pop_mark()
        self._top(list).extend(items)

    def load_additems(self):
        items = self.pop_mark()
        self._top(set).update(_make_set(items))

    def load_frozenset(self):
        items = self.pop_mark()
        self.append(_make_frozenset(items))

    def _top(self, kind: type):
        if type(self.stack[-1]) is not kind:
            raise pickle.UnpicklingError(f"it adds to something that is no {kind.__name__}")
        return self.stack[-1]


def _pair(items: list):
    return ((_check_key(key), value) for key, value in zip(items[::2], items[1::2], strict=True))


def _counted(name: str, steps: int) -> Callable:
    """Make a handler of an opcode that counts its steps."""
    handler = getattr(_Unpickler, name)

    def handle(unpickler: _Unpickler) -> None:
        unpickler.steps_left -= steps
        if unpickler.steps_left < 0:
            raise pickle.UnpicklingError("it takes more steps than any list of this kind")
        handler(unpickler)

    return handle


# Opcodes that are not here, such as those that copy, call or look up anything else, are unknown.
_Unpickler.dispatch = {
    opcode[0]: _counted(pickle._Unpickler.dispatch[opcode[0]].__name__, steps)
    for opcodes, steps in (
        (_CONTAINER_OPCODES, STEPS_PER_CONTAINER),
        ((*_SCALAR_OPCODES, *_OTHER_OPCODES), 1),
    )
    for opcode in opcodes
}


def _plain(value, done: dict, depth_left: int):
    """Copy a value with byte strings as text and stand-ins as what they stand for.

    What is shared stays shared: a small pickle can hold one list a billion times. `done` has the
    copies by the ids of what they are of, all of which `value` keeps alive.
    """
    if isinstance(value, bytes | bytearray):
        if id(value) not in done:
            done[id(value)] = _text(value)
        return done[id(value)]
    if isinstance(value, _Array) and value.array is not None:
        return value.array
    if value is None or isinstance(value, str | int | float | complex | np.ndarray | np.generic):
        return value
    if not isinstance(value, list | tuple | dict | set | frozenset):
        raise pickle.UnpicklingError("it holds something that is neither a container nor data")
    if not depth_left:
        raise pickle.UnpicklingError(f"it is nested more than {MAX_DEPTH} deep")
    if id(value) not in done:
        done[id(value)] = None
        if isinstance(value, dict):
            copy = {
                _plain(key, done, depth_left - 1): _plain(item, done, depth_left - 1)
                for key, item in value.items()
            }
        else:
            copy = type(value)(_plain(item, done, depth_left - 1) for item in value)
        done[id(value)] = copy
    if done[id(value)] is None:
        raise pickle.UnpicklingError("it holds a container that contains itself")
    return done[id(value)]


def _text(value) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, bytes | bytearray):
        raise pickle.UnpicklingError("it describes an array in no known way")
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin1")
