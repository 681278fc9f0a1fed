"""The models that a user can name: a folder, the authors' HDF5 file, or the authors' by name."""

from pathlib import Path

from deepartist.models import authors
from deepartist.models.weights import TrainedEncoder, load_model
from deepartist.process.errors import InputError


def load_any_model(name: str) -> TrainedEncoder:
    """Load a model by the folder it lies in, by a Keras ``.h5`` file, or by a known name.

    Raises
    ------
    InputError
        There is no such model, or it cannot be read or fetched.
    """
    path = Path(name)
    if name == authors.NAME and not path.exists():
        return authors.load_keras(authors.fetch_authors_encoder())
    if path.is_dir():
        return load_model(path)
    if path.is_file():
        return authors.load_keras(path)
    raise InputError(
        f"--model {name}: no such folder or file; give a trained model's folder, a Keras .h5 file "
        f"or {authors.NAME}"
    )
