"""The names of models as people write them, for figures; tables keep the short ones."""

import re

# By the names themselves: with an import of the baselines, a new one would draw every figure anew.
NAMES = {
    "siamese": "Siamese",
    "random": "untrained encoder",
    "mfcc": "MFCC statistics",
    "mel": "log-mel statistics",
    "librosa": "librosa statistics",
}
TRAINED_NAMES = {
    "basic": "basic, {} artists",
    "siamese": "Siamese, {} artists",
    # it learns from as many songs as the model of so many artists, but not from their songs
    "tag": "tag model, songs as for {} artists",
}
_TRAINED = re.compile(r"(authors-)?(basic|siamese|tag)-(\d+|all)(?:-epoch-(\d+))?")


def describe_model(model: str) -> str:
    """Write the name of a model out, as in ``Siamese, 5,000 artists`` for ``siamese-5000``.

    Parameters
    ----------
    model : str
        A kind of model, with a number of artists or without, an encoder that the paper's authors
        released, a baseline, or a name from the config: of a variant, an encoder or features.

    Returns
    -------
    str
        Names from the config stay as they are: a number in one may mean anything.
    """
    found = _TRAINED.fullmatch(model)
    if found is None:
        return NAMES.get(model, model)
    authors, kind, count, epoch = found.groups()
    name = TRAINED_NAMES[kind].format(count if count == "all" else f"{int(count):,}")
    return ("authors' " if authors else "") + name + (f", epoch {epoch}" if epoch else "")
