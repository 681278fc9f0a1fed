"""The models that a user can name: a model's folder, a Keras file, or the authors' encoder."""

from pathlib import Path

from deepartist.downloads.catalogue import cache_folder, read_catalogue
from deepartist.downloads.transfer import fetch_file, is_intact, locked
from deepartist.models.authors import load_keras
from deepartist.models.weights import TrainedEncoder, load_model
from deepartist.process.errors import InputError

AUTHORS_NAME = "authors-siamese-10000"


def load_any_model(name: str) -> TrainedEncoder:
    """Load a model.

    Parameters
    ----------
    name : str
        The folder of a trained model, a Keras ``.h5`` file, or `AUTHORS_NAME`.

    Raises
    ------
    InputError
        There is no such model, or it cannot be read or downloaded.
    """
    path = Path(name)
    if name == AUTHORS_NAME and not path.exists():
        return load_keras(fetch_authors_encoder())
    if path.is_dir():
        return load_model(path)
    if path.is_file():
        return load_keras(path)
    raise InputError(
        f"--model {name}: no such folder or file; give a trained model's folder, a Keras .h5 file "
        f"or {AUTHORS_NAME}"
    )


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
    (file,) = read_catalogue()["authors-weights"].files
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
