from deepartist.demo.synthesiser.artists import draw_artist
from deepartist.demo.synthesiser.styles import (
    STYLES,
)


def test_artists_of_a_style_differ_and_share_it():
    artists = [draw_artist("reggae", seed) for seed in range(6)]
    assert len({artist.lead for artist in artists}) == 6
    assert len({artist.tuning for artist in artists}) == 6
    for artist in artists:
        assert set(artist.drums) <= set(STYLES["reggae"].drums)
        low, high = STYLES["reggae"].tempo_bpm
        assert low <= artist.tempo_bpm <= high
