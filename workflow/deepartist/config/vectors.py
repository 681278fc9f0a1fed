"""The names of a song's vectors, as in files of features, in the config and in tables."""

EMBEDDING = "embedding"  # the paper's: the last layer's output; every file of features has it
MULTILEVEL = "multilevel"  # the maxima of all convolution blocks, of encoders alone
BALANCED = "balanced"  # made of multilevel vectors, see `deepartist.embeddings.balanced`
ADAPTED = "adapted"  # balanced, in a metric of a library's artists: `deepartist.embeddings.adapted`
