"""Feature vectors of songs: by the encoders, by baselines, or brought by the user."""
