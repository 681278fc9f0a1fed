"""The setting of a classifier in words: what it used, or chose on the validation songs."""

from collections.abc import Mapping


def describe_setting(setting: Mapping[str, float]) -> str:
    """Write a setting in words, such as ``k = 5``; empty if there is none."""
    return ", ".join(f"{name} = {value:g}" for name, value in setting.items())
