"""The songs of figure 6, by artists that the model was not trained on (section 6).

``python -m deepartist.splits.choose_unseen`` selects them from the source.
"""

import argparse
import difflib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from deepartist.config.settings import add_settings_option, parse_settings
from deepartist.datasets.manifest import read_manifest, write_manifest
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing
from deepartist.splits.artists import artist_names, has_artist
from deepartist.splits.shuffle import shuffled
from deepartist.splits.split_table import SPLIT_COLUMNS, read_split

# A single song cannot show whether the songs of its artist are close together.
MIN_SONGS = 2
# 22 artists as in the paper's figure 6; 20 songs of each as in its artist sets (section 3.1.1).
MAX_ARTISTS, MAX_SONGS = 22, 20
TIES_SEED = 0


def unseen_songs(manifest: pd.DataFrame, artist_set: pd.DataFrame) -> pd.DataFrame:
    """List the songs of known artists who are not in the artist set at all.

    Parameters
    ----------
    manifest : pd.DataFrame
    artist_set : pd.DataFrame [columns=deepartist.splits.split_table.SPLIT_COLUMNS]
        The artist set of the model that draws the map; `label` is the `artist_id`.

    Returns
    -------
    pd.DataFrame
        Rows of the manifest; `artist` is replaced by the name from
        `deepartist.splits.artists.artist_names`.
    """
    songs = manifest[has_artist(manifest) & ~manifest["artist_id"].isin(artist_set["label"])]
    return songs.assign(artist=artist_names(songs))


def most_songs(songs: pd.DataFrame, count: int, seed: int) -> list[str]:
    """Select the artists with most songs.

    Parameters
    ----------
    songs : pd.DataFrame
        From `unseen_songs`.
    count : int > 0
        Number of artists to select; fewer if there are fewer with two songs.
    seed : int
        Decides the order of artists with equally many songs.

    Returns
    -------
    list of str
        Values of `artist_id`; empty if there is only one artist, who cannot be compared with
        others.
    """
    n_songs_of_all = songs["artist_id"].value_counts()
    n_songs = {str(artist): n for artist, n in n_songs_of_all.items() if n >= MIN_SONGS}
    ranked = sorted(shuffled(n_songs, seed, "unseen artists"), key=lambda a: -n_songs[a])
    return ranked[:count] if len(ranked) > 1 else []


def find_artists(
    names: Sequence[str], manifest: pd.DataFrame, artist_set: pd.DataFrame
) -> list[str]:
    """Find artists outside the artist set by name or `artist_id`; upper and lower case are equal.

    Parameters
    ----------
    names : sequence of str
    manifest, artist_set : pd.DataFrame
        As in `unseen_songs`.

    Returns
    -------
    list of str
        Values of `artist_id`.

    Raises
    ------
    InputError
        An artist is unknown or in the artist set, or several artists have the name.
    """
    known = manifest[has_artist(manifest)]
    is_trained = known["artist_id"].isin(artist_set["label"])
    unseen, trained = _ids_by_name(known[~is_trained]), _ids_by_name(known[is_trained])
    artist_ids = []
    for name in names:
        ids = unseen.get(name.casefold(), [])
        if len(ids) > 1:
            raise InputError(
                f"figures.artists: '{name}': {len(ids)} artists have this name; "
                f"give the artist_id of one of them: {', '.join(ids)}"
            )
        if not ids and name.casefold() in trained:
            raise InputError(
                f"figures.artists: '{name}': is in the artist set, on which the model was trained; "
                "name artists outside it"
            )
        if not ids:
            nearest = difflib.get_close_matches(name.casefold(), unseen, n=1)
            hint = f"did you mean '{nearest[0]}'?" if nearest else "see the manifest for names"
            raise InputError(
                f"figures.artists: '{name}': no such artist outside the artist set; {hint}"
            )
        artist_ids += ids
    return artist_ids


def cut_songs(songs: pd.DataFrame, artist_ids: Sequence[str], songs_each: int) -> pd.DataFrame:
    """Select the first `songs_each` songs of each of some artists, in the order of clip_id."""
    of_artists = songs[songs["artist_id"].isin(artist_ids)].sort_values("clip_id")
    return of_artists[of_artists.groupby("artist_id").cumcount() < songs_each]


def _ids_by_name(songs: pd.DataFrame) -> dict[str, list[str]]:
    """Map each name or id (in lower case) to the sorted ids of the artists that have it."""
    names = pd.concat([songs[["artist_id"]].assign(name=songs[c]) for c in ("artist", "artist_id")])
    names["name"] = names["name"].str.casefold()
    ids_of = names.groupby("name")["artist_id"].agg(lambda ids: sorted(set(ids)))
    return {str(name): ids for name, ids in ids_of.items()}


def main(argv: Sequence[str] | None = None) -> None:
    """Choose songs by artists that the model was not trained on."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.splits.choose_unseen", description=main.__doc__
    )
    parser.add_argument("--clips", type=Path, required=True, help="manifest of the usable clips")
    parser.add_argument(
        "--artist-set",
        type=Path,
        nargs="*",  # none in a run that only evaluates
        default=[],
        help="CSV of deepartist.splits.split_artists; without it, all artists are unseen",
    )
    parser.add_argument("--out", type=Path, required=True, help="manifest to write")
    add_settings_option(parser, "figures")
    args = parser.parse_args(argv)
    manifest = read_manifest(args.clips)
    no_set = pd.DataFrame(columns=list(SPLIT_COLUMNS))
    artist_set = pd.concat([no_set, *map(read_split, args.artist_set)])
    songs = unseen_songs(manifest, artist_set)
    names = parse_settings(args.set, "figures")["artists"]
    if names:
        artist_ids = find_artists(names, manifest, artist_set)
    else:
        artist_ids = most_songs(songs, MAX_ARTISTS, TIES_SEED)
    chosen = cut_songs(songs, artist_ids, MAX_SONGS)
    with replacing(args.out) as partial:
        write_manifest(chosen, partial)
    if chosen.empty:
        print(f"{args.out}: no songs, because fewer than two artists are outside the artist set")
    else:
        n_artists = chosen["artist_id"].nunique()
        print(f"{args.out}: {len(chosen)} songs by {n_artists} artists outside the artist set")


if __name__ == "__main__":
    stage.run(main)
