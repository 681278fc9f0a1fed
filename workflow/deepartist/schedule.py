"""Learning rate, plateau and early stop (section 3.3; authors' code)."""

from typing import NamedTuple


class Schedule(NamedTuple):
    """Where training stands, seen from its validation losses."""

    learning_rate: float
    best_loss: float = float("inf")
    best_epoch: int = 0
    epoch: int = 0
    since_drop: int = 0

    @property
    def since_best(self) -> int:
        """Epochs since the best validation loss."""
        return self.epoch - self.best_epoch


def decayed_rate(learning_rate: float, decay: float, step: int) -> float:
    """Learning rate at a step: Keras divides by ``1 + decay · step``."""
    return learning_rate / (1 + decay * step)


def after_epoch(
    schedule: Schedule, valid_loss: float, *, factor: float, patience: int, floor: float
) -> Schedule:
    """Take in the validation loss of an epoch.

    Without a better loss in `patience` epochs, counted from the best one or the last drop, the
    learning rate is multiplied by `factor`, down to `floor`.
    """
    schedule = schedule._replace(epoch=schedule.epoch + 1)
    if valid_loss < schedule.best_loss:
        return schedule._replace(best_loss=valid_loss, best_epoch=schedule.epoch, since_drop=0)
    if schedule.since_drop + 1 < patience:
        return schedule._replace(since_drop=schedule.since_drop + 1)
    # A rate that starts below the floor stays where it is.
    dropped = max(schedule.learning_rate * factor, min(floor, schedule.learning_rate))
    return schedule._replace(learning_rate=dropped, since_drop=0)
