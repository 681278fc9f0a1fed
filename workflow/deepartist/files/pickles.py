"""Pickles from the web, read for the plain data in them and never for code that they name.

A pickle is a list of opcodes for a machine with a stack. `pickletools.genops` decodes them, and the
few that plain data needs are carried out here; `pickle` itself is not used.
"""

import pickletools
import re
import textwrap
from collections.abc import Callable, Iterable, Sized
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from deepartist.process.errors import InputError

MAX_BYTES = 2**30
# The published lists take ten million steps at most. Twenty million can take two gigabytes.
MAX_STEPS = 2**24
STEPS_OF_LARGE = 4  # an opcode that makes an object takes as much memory as four others
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
        return _to_plain(_carry_out(path.read_bytes()), {}, MAX_DEPTH)
    except Exception as error:  # a damaged pickle can raise any of them
        reason = str(error)[:1000] or type(error).__name__
        reason = textwrap.shorten(reason, 200, placeholder=" …")
        raise InputError(
            f"{path}: not a pickle of plain data ({reason}); get the file from its publisher again"
        ) from error


class _Built:
    """What numpy's `dtype` or `_reconstruct` would make: its arguments, and the state set later."""

    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments
        self.state: Any = None


def _array(data: Any, dtype: _Built, shape: Any = (), order: Any = "C") -> np.ndarray[Any, Any]:
    """Make an array of text or numbers from its bytes."""
    code = _text(dtype.arguments[0])
    if not isinstance(data, bytes) or code.lstrip("<>|=").startswith("O"):
        raise ValueError("it holds an array of objects")
    if not re.fullmatch(r"[<>|=]?[biufcSU][0-9]{1,6}", code):
        raise ValueError(f"it holds an array of dtype '{code}'")
    byte_order: Any = _text(dtype.state[1]) if dtype.state else "|"  # "|": as it is
    layout: Any = _text(order)
    array: np.ndarray[Any, Any] = np.frombuffer(data, np.dtype(code).newbyteorder(byte_order))
    return array.reshape(shape, order=layout)


def _encode(text: str, encoding: str = "latin1") -> bytes:
    if encoding != "latin1":
        raise ValueError("it asks for another codec than latin1")
    return text.encode("latin1")


# What a pickle of plain data names, and what is called in its place.
_STAND_INS: dict[str, Callable[..., object]] = {
    "_codecs.encode": _encode,
    "builtins.bytes": lambda: b"",  # older protocols write other bytes with _codecs.encode
    "builtins.complex": complex,
    "builtins.frozenset": lambda members: frozenset(map(_key, members)),
    "builtins.set": lambda members=(): set(map(_key, members)),
    "numpy.dtype": _Built,
    "numpy.ndarray": _Built,
    "numpy.core.multiarray._reconstruct": _Built,
    "numpy.core.multiarray.scalar": lambda dtype, data: _array(data, dtype)[()],
    "numpy.core.numeric._frombuffer": _array,
}


def _find(module: str, name: str) -> Callable[..., object]:
    full = f"{module}.{name}"
    current = full.replace("__builtin__.", "builtins.").replace("numpy._core.", "numpy.core.")
    if current not in _STAND_INS:
        raise ValueError(f"it names {full}, which is refused")
    return _STAND_INS[current]


class _Lines(BytesIO):
    """A pickle for genops, which fails on escaped bytes in the strings of old protocols."""

    def readline(self, size: int | None = -1, /) -> bytes:
        return super().readline(size).replace(b"\\", b"/")


_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_EMPTY = {"EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_SET": set, "EMPTY_TUPLE": tuple}
_LARGE = {*_EMPTY, "LIST", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "DICT", "FROZENSET"}
_LARGE |= {"MARK", "REDUCE"}


def _carry_out(data: bytes) -> Any:
    """Carry out the opcodes of a pickle; what comes out still holds byte strings and `_Built`."""
    stack: list[Any] = []
    marks: list[int] = []
    memo: dict[Any, Any] = {}
    steps_left = MAX_STEPS
    # Twice the file: older protocols pass bytes to _codecs.encode, and its result to numpy.
    copies_left = 2 * len(data)

    def pop(n: int) -> list[Any]:
        if len(stack) < n:
            raise ValueError("it takes more values than there are")
        items = stack[len(stack) - n :]
        del stack[len(stack) - n :]
        return items

    def pop_to_mark() -> list[Any]:
        return pop(len(stack) - marks.pop())

    def top(kind: type) -> Any:
        if type(stack[-1]) is not kind:
            raise ValueError(
                f"it changes a {type(stack[-1]).__name__} as if it were another object"
            )
        return stack[-1]

    decoded: Iterable[tuple[pickletools.OpcodeInfo, Any, Any]] = pickletools.genops(_Lines(data))
    for opcode, argument, position in decoded:
        name = opcode.name
        steps_left -= STEPS_OF_LARGE if name in _LARGE else 1
        if steps_left < 0:
            raise ValueError("it takes more steps than any list of this kind")
        match name:
            case "BINUNICODE" | "SHORT_BINUNICODE" | "BINUNICODE8":
                stack.append(argument)
            case "BINSTRING" | "SHORT_BINSTRING":
                stack.append(argument.encode("latin1"))
            case "STRING":
                line = data[position + 1 : data.index(b"\n", position)].strip()
                stack.append(line[1:-1].decode("unicode_escape").encode("latin1"))
            case "UNICODE":
                line = data[position + 1 : data.index(b"\n", position)]
                stack.append(line.decode("raw_unicode_escape"))
            case "MEMOIZE":
                memo[len(memo)] = stack[-1]
            case "BINPUT" | "LONG_BINPUT" | "PUT":
                memo[argument] = stack[-1]
            case "BINGET" | "LONG_BINGET" | "GET":
                stack.append(memo[argument])
            case "INT" | "BININT" | "BININT1" | "BININT2" | "LONG" | "LONG1" | "LONG4":
                stack.append(argument)
            case "FLOAT" | "BINFLOAT":
                stack.append(argument)
            case "BINBYTES" | "SHORT_BINBYTES" | "BINBYTES8" | "BYTEARRAY8":
                stack.append(bytes(argument))
            case "APPEND":
                (value,) = pop(1)
                top(list).append(value)
            case "APPENDS":
                items = pop_to_mark()
                top(list).extend(items)
            case "SETITEM":
                items = pop(2)
                top(dict).update(_pairs(items))
            case "SETITEMS":
                items = pop_to_mark()
                top(dict).update(_pairs(items))
            case "ADDITEMS":
                items = pop_to_mark()
                top(set).update(map(_key, items))
            case "MARK":
                marks.append(len(stack))
            case "LIST":
                stack.append(pop_to_mark())
            case "TUPLE":
                stack.append(tuple(pop_to_mark()))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                stack.append(tuple(pop(int(name[-1]))))
            case "DICT":
                stack.append(dict(_pairs(pop_to_mark())))
            case "FROZENSET":
                stack.append(frozenset(map(_key, pop_to_mark())))
            case "GLOBAL":
                stack.append(_find(*argument.split(" ", 1)))
            case "STACK_GLOBAL":
                stack.append(_find(*pop(2)))
            case "REDUCE":
                function, arguments = pop(2)
                copies_left -= sum(len(value) for value in arguments if isinstance(value, Sized))
                if copies_left < 0:
                    raise ValueError("it holds one value too often")
                stack.append(function(*arguments))
            case "BUILD":
                (state,) = pop(1)
                top(_Built).state = state
            case "STOP":
                return stack.pop()
            case _ if name in _CONSTANTS:
                stack.append(_CONSTANTS[name])
            case _ if name in _EMPTY:
                stack.append(_EMPTY[name]())
            case _ if name not in ("PROTO", "FRAME"):
                raise ValueError(f"it uses {name}, which is refused")
    raise ValueError("it has no end")


def _pairs(items: list[Any]) -> dict[Any, Any]:
    """Make a dict of keys and values in turn."""
    return dict(zip(map(_key, items[::2]), items[1::2], strict=True))


def _key(value: Any) -> Any:
    """Return a key, or a member of a set, if no choice of such keys makes hashing slow."""
    is_integer = isinstance(value, int | np.integer) and -(2**63) <= value < 2**64
    if is_integer or isinstance(value, str | bytes | float | None):
        return value
    raise ValueError("it has a key, or a member of a set, that is not text or a number")


def _to_plain(value: Any, done: dict[int, Any], depth_left: int) -> Any:
    """Copy a value with byte strings as text and `_Built` as arrays.

    What is shared stays shared: a small pickle can hold one list a billion times. `done` has the
    copies by the ids of their originals, all of which the outermost value keeps alive.
    """
    if value is None or isinstance(value, str | int | float | complex | np.ndarray | np.generic):
        return value
    if id(value) in done:
        return done[id(value)]
    copy: Any
    if isinstance(value, bytes):
        copy = _text(value)
    elif isinstance(value, _Built) and value.state:
        _version, shape, dtype, is_fortran, array_bytes = value.state
        copy = _array(array_bytes, dtype, shape, "F" if is_fortran else "C")
    elif not isinstance(value, list | tuple | dict | set | frozenset):
        raise ValueError("it holds something that is neither a container nor data")
    elif not depth_left:
        raise ValueError(f"it is nested more than {MAX_DEPTH} deep, or in itself")
    elif isinstance(value, dict):
        plain = (_to_plain(part, done, depth_left - 1) for pair in value.items() for part in pair)
        copy = dict(zip(plain, plain, strict=True))
    else:
        copy = type(value)(_to_plain(item, done, depth_left - 1) for item in value)
    done[id(value)] = copy
    return copy


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, bytes):
        raise ValueError("it describes an array in no known way")
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin1")
