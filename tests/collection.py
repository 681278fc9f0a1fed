"""A collection of songs to index: noise of different colours, with tags, and a model."""

import numpy as np
import soundfile
import torch
from mutagen.flac import FLAC

from deepartist.models.encoder import Encoder, initialise
from deepartist.models.weights import save_model

RATE_HZ = 22_050


def make_model(folder, seed=0, labels=()):
    """Write a model that is not trained; labels are the artists that it could have been."""
    encoder = Encoder()
    initialise(encoder, torch.Generator().manual_seed(seed))
    weights = {f"encoder.{name}": value for name, value in encoder.state_dict().items()}
    save_model(folder, weights, {"input_mean": 0.2, "input_std": 0.3, "labels": labels})
    return folder


def write_song(path, number, seconds=4, **tags):
    """Write a FLAC file whose sound depends on the number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(number)
    noise = rng.standard_normal(round(seconds * RATE_HZ))
    smooth = np.convolve(noise, np.hanning(3 + 7 * (number % 9)), "same")
    soundfile.write(path, 0.3 * smooth / np.abs(smooth).max(), RATE_HZ)
    file = FLAC(path)
    for name, value in tags.items():
        file[name] = value
    file.save()


def write_collection(folder, songs=6):
    """Write songs by three artists, each with an album, and files that cannot be used."""
    for number in range(songs):
        artist = "ABC"[number % 3]
        tags = {"artist": artist, "title": f"Song {number}", "album": f"Album of {artist}"}
        write_song(folder / artist / f"{number}.flac", number, **tags)
    write_song(folder / "short.flac", 99, seconds=1)
    (folder / "empty.mp3").touch()
    return folder
