"""A small synthesiser: invented artists, their songs, and the sound of these songs."""
