"""Files of common formats, read and written."""
