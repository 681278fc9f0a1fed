"""The commands of ``deepartist``, for people at a terminal: one module each."""
