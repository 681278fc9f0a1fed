"""The models that a user can name: a model's folder, a Keras file, or the authors' encoder."""

from pathlib import Path
from typing import NamedTuple

from deepartist.downloads.catalogue import RemoteFile, cache_folder, read_catalogue
from deepartist.downloads.transfer import fetch_file, is_intact, locked
from deepartist.files.digests import digest_file
from deepartist.models.authors import load_keras
from deepartist.models.weights import TrainedEncoder, load_model
from deepartist.process.errors import InputError

AUTHORS_NAME = "authors-siamese-10000"  # as in the catalogue of downloads
WEIGHTS_NAME = "model.safetensors"
MODEL_FILES = ("model.json", WEIGHTS_NAME)


class NamedModel(NamedTuple):
    """A model, and what says which one it is."""

    trained: TrainedEncoder
    name: str
    """`AUTHORS_NAME`; for a folder its last two parts, such as ``siamese-8/seed-0``; for another
    file its name."""
    sha256: str
    """SHA-256 of the file of weights, in hexadecimal digits."""


def load_any_model(name: str) -> NamedModel:
    """Load a model.

    Parameters
    ----------
    name : str
        The folder of a trained model or a file in it, a Keras ``.h5`` file, or `AUTHORS_NAME`.

    Raises
    ------
    InputError
        There is no such model, or it cannot be read or downloaded.
    """
    path = Path(name)
    if name == AUTHORS_NAME and not path.exists():
        path = fetch_authors_encoder()
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
            f"file or {AUTHORS_NAME}"
        )
    digest = digest_file(weights)
    is_authors = f"sha256:{digest}" == _authors_file().digest
    return NamedModel(trained, AUTHORS_NAME if is_authors else shown, digest)


def _authors_file() -> RemoteFile:
    (file,) = read_catalogue()[AUTHORS_NAME].files
    return file


def fetch_authors_encoder() -> Path:
    """Download the authors' released encoder (Siamese, 10,000 artists) to the user's cache folder.

    It is downloaded only once and checked by its SHA-256.

    Returns
    -------
    Path
        The Keras HDF5 file.

    Raises
    ------
    InputError
        It cannot be downloaded.
    """
    file = _authors_file()
    folder = cache_folder()
    if is_intact(file, folder):  # checked without a lock, because the cache may be read-only
        return folder / file.name
    try:
        with locked(folder):
            return fetch_file(file, folder)
    except InputError as error:
        raise InputError(
            f"{AUTHORS_NAME}: {error}; or download it by hand and give the file's path instead"
        ) from error
