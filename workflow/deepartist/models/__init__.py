"""The encoder: its layers, its weights on disk, and the device that it runs on."""
