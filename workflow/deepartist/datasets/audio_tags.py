"""The tags in an audio file: artists, title, album and genre, whatever the format."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import mutagen
from mutagen.apev2 import APEv2
from mutagen.id3 import ID3

from deepartist.datasets.manifest import tidy

# The names of each field in ID3 (MP3, WAV, AIFF), MP4, ASF (WMA) and, in lower case, in all that
# name fields in words: Vorbis comments (FLAC, OGG, Opus), APEv2 and FFmpeg. FFmpeg calls the AUTH
# of an AIFF file "author", and the IPRD of an AVI file "product". Case is not distinguished.
TAG_NAMES = {
    "artist": ("TPE1", "©ART", "artist", "author"),
    "album_artist": (
        *("TPE2", "aART", "albumartist", "album artist", "album_artist", "WM/AlbumArtist"),
    ),
    "title": ("TIT2", "©nam", "title"),
    "album": ("TALB", "©alb", "album", "WM/AlbumTitle", "product"),
    "genre": ("TCON", "©gen", "genre", "WM/Genre"),
    "compilation": ("TCMP", "cpil", "compilation", "WM/IsCompilation"),
}
# FFmpeg looks this far for other formats inside of a WAV file, 20 ms a file by default. With this
# limit, it takes less than 1 ms, and finds the tags of all formats all the same.
PROBE_BYTES = 8192


class Fields(NamedTuple):
    """What one of the readers finds in a file.

    Attributes
    ----------
    values : mapping of str to object
        By the names that the format has for them.
    duration_s : float
        In seconds; 0 if it is not known.
    """

    values: Mapping[str, Any]
    duration_s: float


def read_tags(path: Path) -> tuple[dict[str, list[str]], float | None] | None:
    """Read the tags of an audio file; return None if the file cannot be read.

    Mutagen reads the tags that belong to the format of the file. If they name no artist, it looks
    for ID3 and APEv2 tags, which programs add to files of any format, and then FFmpeg for texts
    in the file's own structure, such as LIST/INFO in WAV and AUTH in AIFF. They also look where the
    duration is not known. Of two values of a field, the one that is found first is taken.

    Returns
    -------
    tags : dict of str to list of str
        The values of each field of `TAG_NAMES` that the file has.
    duration_s : float or None
        None if the header does not give the duration.
    """
    if not path.is_file():  # opening a named pipe would block forever
        return None
    tags: dict[str, list[str]] = {}
    duration_s, is_read = 0.0, False
    for read in READERS:
        try:
            fields = read(path)
            tags = _pick(fields.values) | tags
        except Exception:  # the file has no such tags, or a parser fails in its own way
            continue
        is_read = True
        duration_s = duration_s or fields.duration_s
        if duration_s and ("artist" in tags or "album_artist" in tags):
            break
    if not is_read:
        return None
    return tags, duration_s if duration_s > 0 else None


def _read_own_tags(path: Path) -> Fields:
    file = mutagen.File(path)
    if file is None:
        raise ValueError("a format that mutagen does not know")
    return Fields(dict(file.tags or {}), float(getattr(file.info, "length", 0)))


def _read_id3(path: Path) -> Fields:
    return Fields(dict(ID3(path)), 0.0)  # type: ignore[no-untyped-call]


def _read_apev2(path: Path) -> Fields:
    return Fields(dict(APEv2(path)), 0.0)  # type: ignore[no-untyped-call]


def _read_with_ffmpeg(path: Path) -> Fields:
    """Read texts in UTF-8, or as Windows-1252, which is common in WAV and AVI files."""
    try:
        return _open_with_ffmpeg(path, "utf-8", "strict")
    except UnicodeDecodeError:
        return _open_with_ffmpeg(path, "cp1252", "replace")


def _open_with_ffmpeg(path: Path, encoding: str, errors: str) -> Fields:
    import av  # takes a fifth of a second, which is not needed if all files have tags

    with av.open(
        str(path),
        metadata_encoding=encoding,
        metadata_errors=errors,
        options={"probesize": str(PROBE_BYTES)},
    ) as container:
        streams = container.streams.audio[:1]  # Ogg has tags of each stream
        values = {key: value for stream in streams for key, value in stream.metadata.items()}
        # FFmpeg's unit is 1 µs
        return Fields(values | dict(container.metadata), (container.duration or 0) / 1e6)


READERS: tuple[Callable[[Path], Fields], ...] = (
    *(_read_own_tags, _read_id3, _read_apev2, _read_with_ffmpeg),
)


def _pick(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the texts of each field of `TAG_NAMES` from what a reader found."""
    fields = {str(name).casefold(): value for name, value in values.items()}
    tags = {}
    for field, names in TAG_NAMES.items():
        texts = (_texts(fields.get(name.casefold())) for name in names)
        if found := next(filter(None, texts), None):
            tags[field] = found
    return tags


def _texts(value: object) -> list[str]:
    """Return the texts of a field; mutagen returns it as another type for each format."""
    values = getattr(value, "text", value) or []
    values = values if isinstance(values, list) else [values]  # MP4's compilation flag is a bool
    # Some programs write several values as one text, with null characters between them.
    return [text for value in values for part in str(value).split("\0") if (text := tidy(part))]
