"""The losses, one module each, so that an edit of a loss trains only the models that use it."""
