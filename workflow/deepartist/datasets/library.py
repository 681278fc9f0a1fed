"""A folder of music; artists, titles, albums and genres are read from the tags in the files."""

import os
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path

import mutagen
import pandas as pd

from deepartist.datasets import command
from deepartist.datasets.artist_names import NOT_ARTISTS, normalise
from deepartist.datasets.audio_files import SUFFIXES, list_audio_files, name_clips
from deepartist.datasets.manifest import NOT_TEXT, build_manifest, tidy
from deepartist.datasets.tags import TAG_SEPARATOR
from deepartist.files.copies import find_copies
from deepartist.process import stage
from deepartist.process.errors import InputError

# The names of each field in ID3 (MP3, WAV, AIFF), MP4, Vorbis comments (FLAC, OGG, Opus) and
# ASF (WMA).
TAG_NAMES = {
    "artist": ("TPE1", "©ART", "artist", "Author"),
    "album_artist": ("TPE2", "aART", "albumartist", "album artist", "WM/AlbumArtist"),
    "title": ("TIT2", "©nam", "title", "Title"),
    "album": ("TALB", "©alb", "album", "WM/AlbumTitle"),
    "genre": ("TCON", "©gen", "genre", "WM/Genre"),
    "compilation": ("TCMP", "cpil", "compilation", "WM/IsCompilation"),
}
# Names that mark a compilation. "Unknown artist" does not: such songs may be by one artist.
VARIOUS = frozenset(name for name in NOT_ARTISTS if "unknown" not in name)
# Separators between a first and a second artist. "feat." needs its full stop, because there is a
# band named Little Feat.
SECOND_ARTIST = re.compile(r";| / |[ (\[]{1,3}(?:feat\.|ft\.|featuring )", re.IGNORECASE)
SAME_DURATION_S = 1.0


def load(path: str) -> pd.DataFrame:
    """List the songs of a folder of audio files, searched at any depth.

    Songs of compilations are left out (`is_compilation`), and so are copies of a file
    (`find_copies`) and repeated recordings (`find_repeated`). Their number and the first three of
    each are reported on stderr.

    Parameters
    ----------
    path : str
        The folder. Hidden files and folders and links to folders are skipped.

    Returns
    -------
    pd.DataFrame
        A manifest: `clip_id` is the path below the folder without its extension (with it, if two
        files differ only in the extension). `artist` is the first artist in the file's tags
        (`main_artist`), or the first album artist if there is no artist. If both are missing, it
        is the name of the first folder below `path`. A missing title is replaced by the file's
        name. `tags` are the genres in the file, normalised like artists (`normalise`); a field
        that lists several is split. `genre` is the first of them.

    Raises
    ------
    InputError
        The folder is missing or cannot be read, or it holds no audio files or only compilations.
    """
    root = command.require(Path(path), "library", "a folder of audio files")
    files = list_audio_files(root)
    not_text = [ascii(str(file)) for file in files if NOT_TEXT.search(str(file))]
    command.report("files left out because their names are not text", not_text)
    files = [file for file in files if not NOT_TEXT.search(str(file))]
    if not files:
        raise InputError(
            f"{root}: no audio files found; the data set kind 'library' expects files ending in "
            + ", ".join(sorted(SUFFIXES))
        )
    read = {file: read_tags(file) for file in files}
    command.report(
        "files whose tags cannot be read", [str(file) for file in files if read[file] is None]
    )
    tags = {file: read[file] or ({}, None) for file in files}
    artists = _name_artists(root, {file: tags[file][0] for file in files})

    compilations = {file for file in files if is_compilation(tags[file][0], artists[file])}
    kept = [file for file in files if file not in compilations]
    copies = find_copies(kept)
    kept = [file for file in kept if file not in copies]
    repeated = find_repeated(
        (file, (normalise(artists[file]), normalise(titles[0])), tags[file][1])
        for file in kept
        if artists[file] and (titles := tags[file][0].get("title"))
    )
    kept = [file for file in kept if file not in repeated]
    command.report(
        "files of compilations or various artists left out",
        [str(file) for file in files if file in compilations],
    )
    command.report("files left out because they equal another", _pairs(copies))
    command.report("files left out because they repeat a recording", _pairs(repeated))
    if not kept:
        raise InputError(
            f"{root}: all of its {len(files)} audio files are compilations; "
            "the data set kind 'library' expects songs by one artist each"
        )
    clip_ids = {file: clip_id for clip_id, file in name_clips(root, files).items()}
    return build_manifest(
        {
            "clip_id": clip_ids[file],
            "path": file.as_posix(),
            "artist_id": normalise(artists[file]),
            "artist": artists[file],
            **_describe(file, tags[file][0]),
        }
        for file in kept
    )


def read_tags(path: Path) -> tuple[dict[str, list[str]], float | None] | None:
    """Read the tags of an audio file; return None if the file cannot be read.

    Returns
    -------
    tags : dict of str to list of str
        The values of each field of `TAG_NAMES` that the file has.
    duration_s : float or None
        None if the header does not give the duration.
    """
    if not path.is_file():  # opening a named pipe would block forever
        return None
    try:
        file = mutagen.File(path)
        fields = {} if file is None or file.tags is None else dict(file.tags)
        duration_s = float(getattr(getattr(file, "info", None), "length", 0))
        tags = {
            field: values
            for field, names in TAG_NAMES.items()
            if (values := next(filter(None, (_texts(fields.get(name)) for name in names)), None))
        }
    except Exception:  # the parser can raise any error for a damaged file
        return None
    return tags, duration_s if duration_s > 0 else None


def main_artist(name: str) -> str:
    """Return the first of several artists: "A" for "A feat. B" and "A; B".

    The first name ends at a semicolon, at a slash between spaces, and at "feat.", "ft." or
    "featuring" after a space or an opening bracket. It does not end at "&", "and", "x" or a comma,
    which are part of too many names. `main_of_slash` handles slashes without spaces.
    """
    pieces = (piece.strip() for piece in SECOND_ARTIST.split(name))
    return next(filter(None, pieces), name)


def main_of_slash(name: str, artists: set[str]) -> str:
    """Return "A" for "A/B" if the collection has songs by A alone.

    AC/DC thus stays one band in a collection that has no artist AC.

    Parameters
    ----------
    name : str
        The name of an artist.
    artists : set of str
        All artists of the collection, normalised.

    Returns
    -------
    str
        The part of the name before a slash that is one of the artists, or the whole name.
    """
    if normalise(name) in NOT_ARTISTS:  # "V/A" is one of them
        return name
    before = (name[: slash.start()].strip() for slash in re.finditer("/", name))
    return next((piece for piece in before if normalise(piece) in artists), name)


def is_compilation(tags: Mapping[str, list[str]], artist: str) -> bool:
    """Tell whether a song is from a compilation.

    It is one if its tags say so, or if the artist or album artist is "Various Artists" or similar.
    Such songs are left out because they often name the artist of the whole compilation.
    """
    flag = tags.get("compilation", [""])[0].casefold()
    names = [artist, *tags.get("artist", []), *tags.get("album_artist", [])]
    return flag in ("1", "true", "yes") or any(normalise(name) in VARIOUS for name in names)


def find_repeated(
    songs: Iterable[tuple[Path, Hashable, float | None]],
) -> dict[Path, Path]:
    """Find repeated recordings: songs of the same artist, title and duration.

    Parameters
    ----------
    songs : iterable of (file, name, duration_s)
        `name` identifies artist and title. Two durations are the same if they differ by at most a
        second. A song of unknown duration is never a repetition.

    Returns
    -------
    dict of Path to Path
        For each repeated song, the first song of the same recording, which is kept.
    """
    kept: dict[Hashable, list[tuple[float, Path]]] = defaultdict(list)
    repeated = {}
    for file, name, duration_s in songs:
        if duration_s is None:
            continue
        for other_s, other in kept[name]:
            if abs(duration_s - other_s) <= SAME_DURATION_S:
                repeated[file] = other
                break
        else:
            kept[name].append((duration_s, file))
    return repeated


def _texts(value: object) -> list[str]:
    """Return the texts of a field; mutagen returns it as another type for each format."""
    values = getattr(value, "text", value) or []
    values = values if isinstance(values, list) else [values]  # MP4's compilation flag is a bool
    # Some programs write several values as one text, with null characters between them.
    return [text for value in values for part in str(value).split("\0") if (text := tidy(part))]


def _name_artists(root: Path, tags: Mapping[Path, dict[str, list[str]]]) -> dict[Path, str]:
    """Return the main artist of each file, from its tags or the folder that it lies in."""
    names = {}
    for file, fields in tags.items():
        below = file.relative_to(root).parts
        folder = below[0] if len(below) > 1 else ""
        named = fields.get("artist") or fields.get("album_artist")
        names[file] = main_artist(named[0]) if named else folder
    artists = {normalise(name) for name in names.values() if name}
    return {file: main_of_slash(name, artists) for file, name in names.items()}


def _describe(file: Path, tags: Mapping[str, list[str]]) -> dict[str, str]:
    """Return album, title, genre and tags of a song, as columns of a manifest."""
    listed = (re.split(r"[;/|,]", normalise(genre)) for genre in tags.get("genre", []))
    genres = [genre.strip() for names in listed for genre in names if genre.strip()]
    return {
        "album_id": normalise(tags.get("album", [""])[0]),
        "title": tags.get("title", [file.stem])[0],
        "genre": next(iter(genres), ""),
        "tags": TAG_SEPARATOR.join(sorted(set(genres))),
    }


def _pairs(same_as: Mapping[Path, Path]) -> list[str]:
    """Describe pairs of files for a report: the file, and the other one relative to its folder."""
    return [f"{file} (as {os.path.relpath(other, file.parent)})" for file, other in same_as.items()]


def main(argv: Sequence[str] | None = None) -> None:
    """Write the manifest."""
    settings, manifest_path = command.parse_arguments("library", argv)
    command.save(load(settings["path"]), manifest_path)


if __name__ == "__main__":
    stage.run(main)
