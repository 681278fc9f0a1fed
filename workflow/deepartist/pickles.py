"""Pickles from the web: read for the plain data in them, never for what they would have run."""

import io
import pickle
import re
from functools import partial
from pathlib import Path

import numpy as np

from deepartist.errors import InputError

MAX_BYTES = 2**30


def load_pickle(path: Path, max_bytes: int = MAX_BYTES):
    """Read a pickle of builtin containers, text, numbers and numpy arrays.

    Byte strings, which is how Python 2 wrote text, become text (UTF-8, or else Latin-1). Nothing
    that the pickle names is imported or called: arrays are built from their bytes here.

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
        The file is missing, too large, truncated, not a pickle, holds an array of objects, or
        names anything else than the above.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    if path.stat().st_size > max_bytes:
        raise InputError(f"{path}: larger than {max_bytes} bytes, which no list of this kind is")
    try:
        value = _Unpickler(io.BytesIO(path.read_bytes()), encoding="bytes").load()
        return _plain(value, {})
    except Exception as error:  # a damaged pickle can raise any of them
        reason = " ".join(str(error).split()) or type(error).__name__
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
    return np.frombuffer(data, dtype.dtype).reshape(shape, order=_text(order)).copy(order="K")


def _scalar(dtype: _Dtype, data) -> np.generic:
    return _from_bytes(data, dtype)[()]


def _latin1_bytes(text: str, encoding: str = "latin1") -> bytes:
    """Stand in for `_codecs.encode`, with which Python 3 writes bytes into older protocols."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"it asks for the codec '{encoding}'")
    return text.encode("latin1")


_GLOBALS = {
    ("_codecs", "encode"): _latin1_bytes,
    ("numpy", "dtype"): _Dtype,
    ("numpy", "ndarray"): "ndarray",  # only ever an argument of _reconstruct
}
for _builtins in ("builtins", "__builtin__"):
    _GLOBALS |= {(_builtins, kind.__name__): kind for kind in (set, frozenset, complex)}
    _GLOBALS[_builtins, "bytes"] = lambda: b""  # no other bytes are written this way
for _core in ("numpy.core", "numpy._core"):
    _GLOBALS[f"{_core}.multiarray", "_reconstruct"] = _Array
    _GLOBALS[f"{_core}.multiarray", "scalar"] = _scalar
    _GLOBALS[f"{_core}.numeric", "_frombuffer"] = _from_bytes


class _Unpickler(pickle.Unpickler):
    def find_class(self, module_name, global_name):
        try:
            found = _GLOBALS[module_name, global_name]
        except KeyError:
            raise pickle.UnpicklingError(
                f"it names {module_name}.{global_name}, which is refused"
            ) from None
        # a fresh object each time, so that no pickle can set attributes on ours
        return partial(found) if callable(found) else found


def _plain(value, done: dict):
    """Copy a value with byte strings as text and stand-ins as what they stand for."""
    if isinstance(value, bytes | bytearray):
        return _text(value)
    if isinstance(value, _Array) and value.array is not None:
        return value.array
    if value is None or isinstance(value, str | int | float | complex | np.ndarray | np.generic):
        return value
    if not isinstance(value, list | tuple | dict | set | frozenset):
        raise pickle.UnpicklingError("it holds something that is neither a container nor data")
    # what is shared stays shared: a small pickle can hold one list a billion times
    if id(value) not in done:
        done[id(value)] = None
        if isinstance(value, dict):
            copy = {_plain(key, done): _plain(item, done) for key, item in value.items()}
        else:
            copy = type(value)(_plain(item, done) for item in value)
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
