"""The losses, a module for each: an edit of one concerns only the models that use it."""
