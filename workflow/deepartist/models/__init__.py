"""The encoder: its layers, its weights on disk, the device that it runs on."""
