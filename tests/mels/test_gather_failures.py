"""One table of the clips that were left out, over all data sets."""

from deepartist.mels import gather_failures

HEADER = "dataset,clip_id,path,reason\n"


def test_the_failures_of_all_data_sets_in_one_table(tmp_path):
    tables = [HEADER + "one,NA,a.mp3,empty file\none,2,,silent\n", HEADER, HEADER + "two,1,b,x\n"]
    paths = [tmp_path / f"{number}.csv" for number in range(len(tables))]
    for path, table in zip(paths, tables, strict=True):
        path.write_text(table)
    gather_failures.main([*map(str, paths), "--out", str(tmp_path / "all.csv")])
    lines = [table.removeprefix(HEADER) for table in tables]
    assert (tmp_path / "all.csv").read_text() == HEADER + "".join(lines)
