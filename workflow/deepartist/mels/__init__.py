"""From audio files to log-mel shards on disk, and back into memory."""
