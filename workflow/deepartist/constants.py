"""Constants of the front end: sample rate, frames and mel bands (section 3.3; authors' code)."""

SAMPLE_RATE_HZ = 22_050
N_FFT = 1024
HOP_LENGTH = 512
MEL_BANDS = 128
CLIP_FRAMES = 1291  # about 30 s
SEGMENT_FRAMES = 129  # about 3 s: what a model sees at once
SEGMENTS = 10  # per clip; the mean of their vectors is the song vector
# Mean and standard deviation of the log-mels in the authors' training set, from the authors' code.
AUTHORS_INPUT_MEAN, AUTHORS_INPUT_STD = 0.22620339, 0.25794547
