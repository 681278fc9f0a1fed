"""The baselines: features of songs that are not learned from the source."""

UNTRAINED = "random"  # the encoder with its initial weights
# Computed from log-mels by `deepartist.embeddings.describe_<name>`.
FROM_MELS: tuple[str, ...] = ("mfcc", "mel")
CLASSIFIED_BY_SVM = "librosa"  # the baseline of FMA's authors, in table 4 only
BASELINES = (UNTRAINED, *FROM_MELS, CLASSIFIED_BY_SVM)
