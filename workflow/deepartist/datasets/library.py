"""A folder of music; artists, titles, albums and genres are read from the tags in the files."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from deepartist.datasets import command
from deepartist.datasets.artist_names import is_nobody, is_various, normalise
from deepartist.datasets.audio_files import list_audio_files, name_clips
from deepartist.datasets.audio_tags import read_tags
from deepartist.datasets.manifest import NOT_TEXT, build_manifest
from deepartist.datasets.recordings import find_repeated
from deepartist.datasets.tags import TAG_SEPARATOR
from deepartist.files.audio_folder import SUFFIXES
from deepartist.files.copies import find_copies
from deepartist.process import stage
from deepartist.process.errors import InputError

# Separators between a first and a second artist. "feat." needs its full stop, because there is a
# band named Little Feat.
SECOND_ARTIST = re.compile(r";| / |[ (\[]{1,3}(?:feat\.|ft\.|featuring )", re.IGNORECASE)


def load(path: str) -> pd.DataFrame:
    """List the songs of a folder of audio files, searched at any depth.

    Songs of compilations are left out (`is_compilation`), and so are copies of a file
    (`find_copies`) and repeated recordings (`find_repeated`). Their number and the first three of
    each are reported on stderr, and so are files that are no audio files by their suffix, songs
    whose artist is guessed from a folder, and songs whose artist is not known.

    Parameters
    ----------
    path : str
        The folder. See `deepartist.datasets.audio_files.list_audio_files` for what is read.

    Returns
    -------
    pd.DataFrame
        A manifest: `clip_id` is the path below the folder without its extension (with it, if two
        files differ only in the extension). `artist` is the first artist in the file's tags
        (`main_artist`), or the first album artist if there is no artist or only a name that stands
        for nobody (`is_nobody`). If both are missing, it is the name of the first folder below
        `path`. A missing title is replaced by the file's name. `tags` are the genres in the file,
        normalised like artists (`normalise`); a field that lists several is split. `genre` is the
        first of them.

    Raises
    ------
    InputError
        The folder is missing or cannot be read, or it holds no audio files or only compilations.
    """
    root = command.require(Path(path), "library", "a folder of audio files")
    folder = list_audio_files(root)
    folder.report_passed_over()
    files = folder.files
    not_text = [ascii(str(file)) for file in files if NOT_TEXT.search(str(file))]
    command.report("file", "left out, with a name that is not text", not_text)
    files = [file for file in files if not NOT_TEXT.search(str(file))]
    if not files:
        raise InputError(
            f"{root}: no audio files found; the data set kind 'library' expects files ending in "
            + ", ".join(sorted(SUFFIXES))
        )
    read = {file: read_tags(file) for file in files}
    command.report(
        "file", "with tags that cannot be read", [str(file) for file in files if read[file] is None]
    )
    tags = {file: read[file] or ({}, None) for file in files}
    artists = _name_artists(root, {file: tags[file][0] for file in files})
    guessed = {file for file in files if artists[file] and not _named(tags[file][0])}

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
        "file",
        "of compilations or various artists left out",
        [str(file) for file in files if file in compilations],
    )
    command.report("file", "left out, equal to another", _pairs(copies))
    command.report("file", "left out, of the same recording as another", _pairs(repeated))
    command.report(
        "song",
        "with an artist guessed from the name of the folder, because no tag names one",
        [str(file) for file in kept if file in guessed and not is_nobody(artists[file])],
    )
    command.report(
        "song", "without a known artist", [str(file) for file in kept if is_nobody(artists[file])]
    )
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
    if is_nobody(name):  # "V/A" and "N/A" are
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
    return flag in ("1", "true", "yes") or any(map(is_various, names))


def _name_artists(root: Path, tags: Mapping[Path, dict[str, list[str]]]) -> dict[Path, str]:
    """Return the main artist of each file, from its tags or the folder that it lies in."""
    names = {}
    for file, fields in tags.items():
        below = file.relative_to(root).parts
        folder = below[0] if len(below) > 1 else ""
        names[file] = next(map(main_artist, _named(fields)), folder)
    artists = {normalise(name) for name in names.values() if name}
    return {file: main_of_slash(name, artists) for file, name in names.items()}


def _named(tags: Mapping[str, list[str]]) -> list[str]:
    """Return the artists and album artists in the tags, those that stand for nobody last."""
    return sorted([*tags.get("artist", []), *tags.get("album_artist", [])], key=is_nobody)


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
