"""A library of real music: the files as they are, and tagged copies in each format."""

import mutagen
import numpy as np
import pandas as pd
import pytest
from mutagen.id3 import TALB, TCON, TIT2, TPE1

from deepartist.datasets import library
from deepartist.mels.audio import decode
from deepartist.mels.clip import UnusableClip, read_clip
from deepartist.mels.mel import log_mel
from sounds import write_sound

pytestmark = pytest.mark.slow
RATE_HZ = 22_050
DURATION_S = 4
GENRES = ("blues", "hip hop", "électro")
FIELDS = ("artist", "title", "album", "genre")
ID3 = {"artist": TPE1, "title": TIT2, "album": TALB, "genre": TCON}
MP4 = {"artist": "©ART", "title": "©nam", "album": "©alb", "genre": "©gen"}
FORMATS = {
    ".mp3": ID3,
    ".wav": ID3,
    ".aiff": ID3,
    ".m4a": MP4,
    ".flac": "Vorbis",
    ".ogg": "Vorbis",
    ".opus": "Vorbis",
}


@pytest.fixture(scope="module")
def songs(music) -> pd.DataFrame:
    """What is known of each song of the music, by clip id."""
    table = pd.read_csv(music / "MUSIC.csv", dtype=str)
    table.index = table["file"].str.removesuffix(".mp3")
    table["genre"] = [GENRES[n % len(GENRES)] for n in range(len(table))]
    return table.sort_index()


def write_tags(path, names, song) -> None:
    file = mutagen.File(path)
    if names is ID3:
        if file.tags is None:
            file.add_tags()
        for field in FIELDS:
            file.tags.add(names[field](encoding=3, text=[song[field]]))
    else:
        for field in FIELDS:
            file[field if names == "Vorbis" else names[field]] = [song[field]]
    file.save()


@pytest.fixture(scope="module")
def copies(music, songs, tmp_path_factory):
    """Write four seconds of each song, taking the formats in turn, and return their spectra."""
    folder = tmp_path_factory.mktemp("copies")
    spectra = []
    for number, (clip_id, song) in enumerate(songs.iterrows()):
        suffix, names = list(FORMATS.items())[number % len(FORMATS)]
        path = folder / f"{number:03}{suffix}"  # the name tells neither artist nor title
        samples = decode(music / f"{clip_id}.mp3", DURATION_S)
        spectra.append(log_mel(samples).mean(axis=0))
        write_sound(path, samples[:, None], RATE_HZ)
        write_tags(path, names, song)
    return library.load(str(folder)), np.array(spectra)


def test_all_songs_are_read_with_what_their_tags_say(music, songs):
    manifest = library.load(str(music)).set_index("clip_id")
    assert len(manifest) == 161
    assert manifest.index.tolist() == songs.index.tolist()
    for column, field in [("artist", "artist"), ("title", "title")]:
        assert manifest[column].tolist() == songs[field].tolist()
    assert manifest["album_id"].tolist() == songs["album"].map(library.normalise).tolist()
    assert manifest["artist_id"].nunique() == songs["artist"].nunique() == 13


@pytest.mark.parametrize("suffix", FORMATS)
def test_copies_in_each_format_have_their_tags_and_sound(songs, copies, suffix):
    manifest, spectra = copies
    assert len(manifest) == 161
    is_here = manifest["path"].str.endswith(suffix).to_numpy()
    assert is_here.sum() == 23
    found, expected = manifest[is_here], songs[is_here]
    assert found["artist"].tolist() == expected["artist"].tolist()
    assert found["title"].tolist() == expected["title"].tolist()
    assert found["album_id"].tolist() == expected["album"].map(library.normalise).tolist()
    assert found["genre"].tolist() == expected["genre"].tolist()
    for path, spectrum in zip(found["path"], spectra[is_here], strict=True):
        if spectrum.max() == 0:  # one of the songs begins with thirty seconds of silence
            with pytest.raises(UnusableClip, match="silent"):
                read_clip(path)
            continue
        frames = read_clip(path)
        # An AAC file also has the samples that its encoder added at the start and the end.
        assert len(frames) == pytest.approx(DURATION_S * RATE_HZ / 512, abs=5)
        assert np.corrcoef(frames.mean(axis=0, dtype=float), spectrum)[0, 1] > 0.9
