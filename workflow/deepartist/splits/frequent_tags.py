"""The most frequent tags of songs."""

from collections import Counter
from collections.abc import Iterable

from deepartist.datasets.tags import TAG_SEPARATOR


def keep_frequent_tags(tags: Iterable[str], count: int) -> tuple[list[str], list[str]]:
    """Keep the tags of songs that are among the most frequent ones.

    Parameters
    ----------
    tags : iterable of str
        The tags of each song, separated by ``|``; empty for a song without tags.
    count : int > 0
        Number of tags to keep; of equally frequent ones, the first in alphabetical order.

    Returns
    -------
    kept : list of str
        The tags of each song among the frequent ones, sorted, separated by ``|``.
    frequent : list of str
        The frequent tags, the most frequent first; fewer than `count` if there are no more.
    """
    of_songs = [set(of_song.split(TAG_SEPARATOR)) - {""} for of_song in tags]
    n_tagged = Counter(tag for of_song in of_songs for tag in of_song)
    frequent = sorted(n_tagged, key=lambda tag: (-n_tagged[tag], tag))[:count]
    kept = set(frequent)
    return [TAG_SEPARATOR.join(sorted(of_song & kept)) for of_song in of_songs], frequent
