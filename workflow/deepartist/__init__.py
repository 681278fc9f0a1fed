"""Music representations learned from artist labels (Park et al., ISMIR 2018).

From Python: `load`, `Model`, `Library` and `evaluate`, which `deepartist.interface` describes. They
are imported when they are first used, so that importing the package takes no time.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deepartist.interface import Library, Model, evaluate, load

__all__ = ["Library", "Model", "evaluate", "load"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'deepartist' has no attribute '{name}'")
    from deepartist import interface

    return getattr(interface, name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
