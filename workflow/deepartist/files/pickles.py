"""Pickles from the web, read for the plain data in them and never for code that they name."""

import io
import pickle
import pickletools
import re
import textwrap
from collections.abc import Callable, Sized
from pathlib import Path
from typing import Any, cast

import numpy as np

from deepartist.process.errors import InputError

MAX_BYTES = 2**30
# The published lists take ten million steps at most. Twenty million can take two gigabytes.
MAX_STEPS = 2**24
MAX_DEPTH = 100


def load_pickle(path: Path, max_bytes: int = MAX_BYTES) -> Any:
    """Read a pickle of builtin containers, text, numbers and numpy arrays.

    Byte strings, which is how Python 2 wrote text, become text (UTF-8, or else Latin-1). Nothing
    that the pickle names is imported or called; arrays are built from their bytes here. Keys and
    members of sets are text, floats, None or integers of 64 bits. The time and the memory that a
    small file can cost are bounded.

    Parameters
    ----------
    path : Path
        A pickle of any protocol, written by Python 2 or 3.
    max_bytes : int > 0
        Size of the largest file to read.

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
        return _plain(_Unpickler(_rewrite(path.read_bytes())).load(), {}, MAX_DEPTH)
    except Exception as error:  # a damaged pickle can raise any of them
        reason = str(error)[:1000] or type(error).__name__
        reason = textwrap.shorten(reason, 200, placeholder=" …")
        raise InputError(
            f"{path}: not a pickle of plain data ({reason}); get the file from its publisher again"
        ) from error


def _convert(kind: int) -> bytes:
    """Write the opcodes that pass a list and its kind to `_Unpickler.persistent_load`."""
    return pickle.BININT1 + bytes([kind]) + pickle.TUPLE2 + pickle.BINPERSID


# The opcodes that are read, with their steps: making an object takes as much memory as four others.
_STEPS = dict.fromkeys(
    (
        *("EMPTY_LIST", "EMPTY_DICT", "EMPTY_SET", "EMPTY_TUPLE", "LIST", "DICT", "FROZENSET"),
        *("TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "MARK", "REDUCE"),
    ),
    4,
) | dict.fromkeys(
    (
        *("NONE", "NEWTRUE", "NEWFALSE", "FLOAT", "BINFLOAT"),
        *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4"),
        *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE"),
        *("BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
        *("APPEND", "APPENDS", "SETITEM", "SETITEMS", "ADDITEMS", "BUILD"),
        *("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE", "GET", "BINGET", "LONG_BINGET"),
        *("GLOBAL", "STACK_GLOBAL", "PROTO", "FRAME", "STOP"),
    ),
    1,
)
_REWRITTEN = {
    "EMPTY_DICT": pickle.EMPTY_LIST + _convert(0),
    "DICT": pickle.LIST + _convert(0),
    "EMPTY_SET": pickle.EMPTY_LIST + _convert(1),
    "FROZENSET": pickle.LIST + _convert(2),
    "FRAME": b"",
}


class _EscapedLines(io.BytesIO):
    """A pickle for genops, which does not read escaped characters outside ASCII."""

    def readline(self, size: int | None = -1, /) -> bytes:
        return super().readline(size).replace(b"\\", b"/")


def _rewrite(data: bytes) -> bytes:
    """Check the opcodes of a pickle and rewrite those that `pickle.Unpickler` does not withstand.

    It crashes on a key that is a tuple in a tuple in a tuple and so on, and never ends where each
    of them holds the next one twice: so dicts and sets become lists, whose keys are checked later.
    It reserves memory for any index of its memo that a file names: so these are checked. A frame,
    which says how much to read ahead, makes it read other opcodes than those checked here if it
    ends within one: so frames are left out.
    """
    rewritten = bytearray()
    n_steps = n_copied = 0
    for opcode, argument, position in pickletools.genops(_EscapedLines(data)):
        name = opcode.name
        if name not in _STEPS:
            raise pickle.UnpicklingError(f"it uses {name}, which is refused")
        n_steps += _STEPS[name]
        if n_steps > MAX_STEPS:
            raise pickle.UnpicklingError("it takes more steps than any list of this kind")
        if name.endswith("PUT") and cast(int, argument) > n_steps:
            raise pickle.UnpicklingError(f"its memo has no place {argument}")
        if name in _REWRITTEN:
            rewritten += data[n_copied:position] + _REWRITTEN[name]
            n_copied = cast(int, position) + (9 if name == "FRAME" else 1)  # a frame has a length
    return bytes(rewritten + data[n_copied:])


class _Dict(list[Any]):
    """The keys and values of a dict, in turn."""

    __slots__ = ()

    def __setitem__(self, key: Any, value: Any) -> None:
        self.extend((key, value))


class _Set(list[Any]):
    """The members of a set."""

    __slots__ = ()
    add = list.append


class _Frozenset(_Set):
    """The members of a frozenset."""

    __slots__ = ()


class _Built:
    """What numpy's `dtype` or `_reconstruct` would make: its arguments, and the state set later."""

    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


def _array(data: Any, dtype: _Built, shape: Any = (), order: Any = "C") -> np.ndarray[Any, Any]:
    """Make an array of text or numbers from its bytes."""
    code = _text(dtype.arguments[0])
    if not isinstance(data, bytes | bytearray) or code.lstrip("<>|=").startswith("O"):
        raise pickle.UnpicklingError("it holds an array of objects")
    if not re.fullmatch(r"[<>|=]?[biufcSU][0-9]{1,6}", code):
        raise pickle.UnpicklingError(f"it holds an array of dtype '{code}'")
    byte_order = _text(dtype.state[1]) if dtype.state else "|"  # "|": as it is
    plain_dtype = np.dtype(code).newbyteorder(cast(Any, byte_order))
    return np.frombuffer(data, plain_dtype).reshape(shape, order=cast(Any, _text(order)))


def _encode(text: str, encoding: str = "latin1") -> bytes:
    if encoding != "latin1":
        raise pickle.UnpicklingError("it asks for another codec than latin1")
    return text.encode("latin1")


_STAND_INS: dict[str, Callable[..., object]] = {
    "_codecs.encode": _encode,
    "builtins.bytes": lambda: b"",  # older protocols write other bytes with _codecs.encode
    "builtins.complex": complex,
    "builtins.frozenset": _Frozenset,
    "builtins.set": _Set,
    "numpy.dtype": _Built,
    "numpy.ndarray": _Built,
    "numpy.core.multiarray._reconstruct": _Built,
    "numpy.core.multiarray.scalar": lambda dtype, data: _array(data, dtype)[()],
    "numpy.core.numeric._frombuffer": _array,
}


class _Unpickler(pickle.Unpickler):
    """Make stand-ins in place of what a pickle names."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data), encoding="bytes")
        # twice the file: older protocols pass bytes to _codecs.encode and the result to numpy
        self._copies_left = 2 * len(data)

    def persistent_load(self, pid: Any) -> Any:
        members, kind = pid  # from `_rewrite` only, which refuses those of the file
        return (_Dict, _Set, _Frozenset)[kind](members)

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        name = f"{module_name}.{global_name}"
        current = name.replace("__builtin__.", "builtins.").replace("numpy._core.", "numpy.core.")
        if current not in _STAND_INS:
            raise pickle.UnpicklingError(f"it names {name}, which is refused")

        def call(*arguments: Any) -> object:
            self._copies_left -= sum(len(value) for value in arguments if isinstance(value, Sized))
            if self._copies_left < 0:
                raise pickle.UnpicklingError("it holds one value too often")
            return _STAND_INS[current](*arguments)

        return call


_FINAL_TYPES = (str, int, float, complex, np.ndarray, np.generic, type(None))
_CONTAINERS: dict[type, Callable[[Any], object]] = {
    **{list: list, tuple: tuple, _Dict: dict, _Set: set, _Frozenset: frozenset}
}


def _plain(value: Any, done: dict[int, Any], depth_left: int) -> Any:
    """Copy a value with byte strings as text and stand-ins as what they stand for.

    What is shared stays shared: a small pickle can hold one list a billion times. `done` has the
    copies by the ids of their originals, all of which the outermost value keeps alive.
    """
    if isinstance(value, _FINAL_TYPES):
        return value
    if id(value) in done:
        return done[id(value)]
    copy: Any
    if isinstance(value, bytes | bytearray):
        copy = _text(value)
    elif isinstance(value, _Built) and value.state:
        _version, shape, dtype, is_fortran, array_bytes = value.state
        copy = _array(array_bytes, dtype, shape, "F" if is_fortran else "C")
    elif type(value) not in _CONTAINERS:
        raise pickle.UnpicklingError("it holds something that is neither a container nor data")
    elif not depth_left:
        raise pickle.UnpicklingError(f"it is nested more than {MAX_DEPTH} deep, or in itself")
    else:
        items: Any = [_plain(item, done, depth_left - 1) for item in value]
        if isinstance(value, _Dict):
            items = zip(map(_key, items[::2]), items[1::2], strict=True)
        elif isinstance(value, _Set):
            items = map(_key, items)
        copy = _CONTAINERS[type(value)](items)
    done[id(value)] = copy
    return copy


def _key(value: Any) -> Any:
    """Return a key, or a member of a set, if no choice of such keys makes hashing slow."""
    is_integer = isinstance(value, int | np.integer) and -(2**63) <= value < 2**64
    if is_integer or isinstance(value, str | float | None):
        return value
    raise pickle.UnpicklingError("it has a key, or a member of a set, that is not text or a number")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, bytes | bytearray):
        raise pickle.UnpicklingError("it describes an array in no known way")
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin1")
