import numpy as np

from deepartist.demo.synthesiser.artists import draw_artist
from deepartist.demo.synthesiser.synth import plan_song
from deepartist.demo.tags import TAGS, draw_tags


def test_tags_fit_the_style_more_often_than_not():
    assert len(TAGS) == len(set(TAGS)) == 50 and "" not in TAGS
    artist = draw_artist("jazz", 1)
    drawn = np.array([draw_tags(artist, plan_song(artist, s), s) for s in range(200)]).mean(axis=0)
    by_tag = dict(zip(TAGS, drawn, strict=True))
    assert 0.75 < by_tag["jazz"] < 0.95
    assert by_tag["metal"] < 0.05
