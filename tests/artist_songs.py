"""Manifests and artist lists of a few artists, for the tests of several splits."""

from deepartist.datasets.manifest import build_manifest


def make_manifest(songs_of, albums=3):
    """Songs named artist-number; albums of an artist in turn."""
    return build_manifest(
        {
            "clip_id": f"{artist}-{n:02d}",
            "path": "x",
            "artist_id": artist,
            "artist": artist.upper(),
            "album_id": f"album {n % albums}",
        }
        for artist, songs in songs_of.items()
        for n in range(songs)
    )


def make_entries(artists, songs=20):
    return [
        (f"c{artist}x{song}", artist, song)
        for artist in range(artists)
        for song in range(1, songs + 1)
    ]
