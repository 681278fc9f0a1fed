"""The baselines: features of songs that are not learned from the source."""

UNTRAINED = "random"  # the encoder as it is initialised
# Described from log-mels by `deepartist.embeddings.describe_<name>`.
FROM_MELS: tuple[str, ...] = ("mfcc",)
CLASSIFIED_BY_SVM = "librosa"  # in table 4 alone, as FMA's authors have it
BASELINES = (UNTRAINED, *FROM_MELS, CLASSIFIED_BY_SVM)
