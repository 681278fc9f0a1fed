"""Feature vectors of songs: from the encoders, from baselines, or provided by the user."""
