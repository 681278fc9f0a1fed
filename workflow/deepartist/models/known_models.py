"""The models that a user can name: a folder, a Keras file, or an encoder of the authors."""

from pathlib import Path
from typing import NamedTuple

from deepartist.config.encoders import KNOWN_ENCODERS
from deepartist.downloads.catalogue import RemoteFile, cache_folder, read_catalogue
from deepartist.downloads.transfer import fetch_file, is_file_of, is_intact, locked
from deepartist.files.digests import digest_file
from deepartist.models.authors import load_keras
from deepartist.models.weights import TrainedEncoder, load_model
from deepartist.process.errors import InputError

WEIGHTS_NAME = "model.safetensors"
MODEL_FILES = ("model.json", WEIGHTS_NAME)


class NamedModel(NamedTuple):
    """A model, and what says which one it is."""

    trained: TrainedEncoder
    name: str
    """For a file that the authors released, its name in `KNOWN_ENCODERS`; for a folder its last two
    parts, such as ``siamese-8/seed-0``; for another file its name."""
    sha256: str
    """SHA-256 of the file of weights, in hexadecimal digits."""


def load_any_model(name: str) -> NamedModel:
    """Load a model.

    Parameters
    ----------
    name : str
        The folder of a trained model or a file in it, a Keras ``.h5`` file, or a name in
        `KNOWN_ENCODERS`.

    Raises
    ------
    InputError
        There is no such model, or it cannot be read or downloaded.
    """
    path = Path(name)
    if name in KNOWN_ENCODERS and not path.exists():
        path = fetch_encoder(name)
    if path.name in MODEL_FILES and not path.is_dir():
        path = path.parent
    if path.is_dir():
        trained = load_model(path)
        weights, shown = path / WEIGHTS_NAME, "/".join(path.resolve().parts[-2:])
    elif path.suffix == ".safetensors":
        raise InputError(
            f"--model {name}: a model is a folder that holds {' and '.join(MODEL_FILES)}; "
            "give that folder"
        )
    elif path.is_file():
        trained = load_keras(path)
        weights, shown = path, path.name
    else:
        raise InputError(
            f"--model {name}: no such folder or file; give a trained model's folder, a Keras .h5 "
            f"file or one of {', '.join(KNOWN_ENCODERS)}"
        )
    known = (known for known in KNOWN_ENCODERS if is_file_of(weights, _remote_file(known)))
    return NamedModel(trained, next(known, shown), digest_file(weights))


def _remote_file(name: str) -> RemoteFile:
    (file,) = read_catalogue()[name].files
    return file


def fetch_encoder(name: str) -> Path:
    """Download an encoder that the authors released to the user's cache folder.

    It is downloaded only once and checked by its published digest.

    Parameters
    ----------
    name : str
        A name in `KNOWN_ENCODERS`, as in the catalogue of downloads.

    Returns
    -------
    Path
        The Keras HDF5 file.

    Raises
    ------
    InputError
        It cannot be downloaded.
    """
    file = _remote_file(name)
    folder = cache_folder()
    if is_intact(file, folder):  # checked without a lock, because the cache may be read-only
        return folder / file.name
    try:
        with locked(folder):
            return fetch_file(file, folder)
    except InputError as error:
        raise InputError(
            f"{name}: {error}; or download it by hand and give the file's path instead"
        ) from error
