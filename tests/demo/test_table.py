import csv
import io
import re

import pandas as pd

from deepartist.demo import table


def test_table_holds_what_csv_readers_stumble_over():
    corpus = table.plan("t", {"demo_songs": 7})
    rows = list(csv.DictReader(io.StringIO(corpus.lists["clips.csv"].decode())))
    assert list(rows[0]) == ["path", "artist", "title", "genre"]
    assert [row["path"] for row in rows] == [clip.path for clip in corpus.clips]
    text = " ".join(row["artist"] + row["title"] for row in rows)
    assert re.search("[가-힣]", text) and '"' in text and "," in text
    frame = pd.DataFrame(rows)
    assert (frame["genre"].value_counts() == 7).all() and frame["genre"].nunique() == 8
    per_artist = frame.groupby("artist").agg(songs=("path", "size"), genres=("genre", "nunique"))
    assert set(per_artist["songs"]) == {1, 2} and set(per_artist["genres"]) == {1}
