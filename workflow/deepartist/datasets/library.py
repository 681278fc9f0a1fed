"""A folder of music: artists, titles, albums and genres come from the tags in the files."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import mutagen
import pandas as pd

from deepartist import stage
from deepartist.audio_files import SUFFIXES, list_audio_files, name_clips
from deepartist.datasets import command
from deepartist.errors import InputError
from deepartist.manifest import NOT_TEXT, TAG_SEPARATOR, build_manifest, tidy

# Names of a field in mutagen's easy mode, in ID3 frames (WAV, AIFF) and in ASF (WMA).
TAG_NAMES = {
    "artist": ("artist", "TPE1", "Author", "albumartist", "TPE2", "WM/AlbumArtist"),
    "title": ("title", "TIT2", "Title"),
    "album": ("album", "TALB", "WM/AlbumTitle"),
    "genre": ("genre", "TCON", "WM/Genre"),
}


def load(path: str) -> pd.DataFrame:
    """Scan a folder of audio files, at any depth.

    Parameters
    ----------
    path : str
        The folder. Hidden files and folders and links to folders are skipped.

    Returns
    -------
    pd.DataFrame
        A manifest: `clip_id` is the path below the folder without its extension (with it, where
        two files differ in nothing else). Without an artist in the tags (or else an album artist),
        the first folder below `path` names the artist; without a title, the file does. `tags` are
        the genres in the file, folded as artists are (`normalise`) and split where one field lists
        several; `genre` is the first of them.

    Raises
    ------
    InputError
        The folder is missing or cannot be read, or holds no audio files.
    """
    root = command.require(Path(path), "library", "a folder of audio files")
    files = list_audio_files(root)
    unwritable = [ascii(str(file)) for file in files if NOT_TEXT.search(str(file))]
    command.report("files left out, for their names are not text", unwritable)
    files = [file for file in files if not NOT_TEXT.search(str(file))]
    if not files:
        raise InputError(
            f"{root}: no audio files found; the data set kind 'library' expects files ending in "
            + ", ".join(sorted(SUFFIXES))
        )
    tags = {file: read_tags(file) for file in files}
    command.report(
        "files whose tags cannot be read", [str(file) for file in files if tags[file] is None]
    )
    return build_manifest(
        {
            "clip_id": clip_id,
            "path": file.as_posix(),
            **_describe(file.relative_to(root), tags[file] or {}),
        }
        for clip_id, file in name_clips(root, files).items()
    )


def read_tags(path: Path) -> dict[str, list[str]] | None:
    """Read the tags of an audio file.

    Returns
    -------
    dict or None
        The values of each of `TAG_NAMES` that the file has; None where it cannot be read.
    """
    try:
        file = mutagen.File(path, easy=True)
        tags = {} if file is None or file.tags is None else dict(file.tags)
    except Exception:  # whatever a damaged file makes the parser do, the scan goes on
        return None
    return {
        field: values
        for field, names in TAG_NAMES.items()
        if (values := next(filter(None, (_texts(tags.get(name)) for name in names)), None))
    }


def normalise(name: str) -> str:
    """Fold what does not tell names apart: case, width and form of letters, spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _texts(value) -> list[str]:
    # an ID3 frame of genres knows the names of ID3v1's genre numbers
    values = getattr(value, "genres", None) or getattr(value, "text", value) or []
    return [text for text in (tidy(str(value)) for value in values) if text]


def _describe(relative: Path, tags: dict[str, list[str]]) -> dict[str, str]:
    folder = relative.parts[0] if len(relative.parts) > 1 else ""
    artist = tags.get("artist", [folder])[0]
    listed = (re.split(r"[;/|,]", normalise(genre)) for genre in tags.get("genre", []))
    styles = [style.strip() for styles in listed for style in styles if style.strip()]
    return {
        "artist_id": normalise(artist),
        "artist": artist,
        "album_id": normalise(tags.get("album", [""])[0]),
        "title": tags.get("title", [relative.stem])[0],
        "genre": next(iter(styles), ""),
        "tags": TAG_SEPARATOR.join(sorted(set(styles))),
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Write the manifest."""
    settings, manifest_path = command.parse_arguments("library", argv)
    command.save(load(settings["path"]), manifest_path)


if __name__ == "__main__":
    stage.run(main)
