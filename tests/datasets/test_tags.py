from deepartist.datasets.tags import join_tags


def test_tags_are_joined_once_each_and_without_the_separator_in_them():
    assert join_tags(["b", "a|c", "b", "a"]) == "b|a/c|a"
