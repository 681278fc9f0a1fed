from deepartist.datasets.artist_list import artist_label, read_artist_list
from samples import write_msd


def test_the_artist_list_keeps_its_order(tmp_path):
    write_msd(tmp_path, python2=True)
    assert read_artist_list(tmp_path / "msd-artist-list.pkl")[2:4] == [("03", 0, 3), ("121", 12, 1)]
    # Labels sort in the order of the numbers, for all 17,591 artists.
    assert [artist_label(index) for index in (0, 9, 17_590)] == ["00000", "00009", "17590"]
