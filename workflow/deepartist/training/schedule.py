"""Learning rate, plateau and early stop (section 3.3; authors' code, which uses Keras 2.1.1)."""

from typing import NamedTuple

from torch import Tensor

# As in Keras, a loss must be lower by more than this to end a plateau.
PLATEAU_DELTA = 1e-4


class Schedule(NamedTuple):
    """The learning rate, and what is needed of past validation losses to compute the next one."""

    learning_rate: float
    best_loss: float = float("inf")
    best_epoch: int = 0
    epoch: int = 0
    plateau_loss: float = float("inf")
    plateau_wait: int = 0

    @property
    def since_best(self) -> int:
        """Number of epochs since the best validation loss."""
        return self.epoch - self.best_epoch


def decayed_rates(learning_rate: float, decay: float, steps: Tensor) -> Tensor:
    """Compute the learning rate at each of some steps, which are counted from 0 over all epochs.

    As in Keras, the rate is divided by ``1 + decay · step``: (S,) float64 to (S,) float32.
    """
    return (learning_rate / (1 + decay * steps)).float()


def after_epoch(
    schedule: Schedule, valid_loss: float, *, factor: float, patience: int | None, floor: float
) -> Schedule:
    """Update the schedule with the validation loss of an epoch.

    The learning rate is lowered as in `ReduceLROnPlateau` of Keras 2.1.1. After `patience` epochs
    in a row without a better loss, the next such epoch multiplies it by `factor`, but not below
    `floor`. From then on, until the loss is better again, one epoch less than `patience` is waited.
    Without a `patience`, the rate is never lowered.
    """
    schedule = schedule._replace(epoch=schedule.epoch + 1)
    if valid_loss < schedule.best_loss:
        schedule = schedule._replace(best_loss=valid_loss, best_epoch=schedule.epoch)
    if valid_loss < schedule.plateau_loss - PLATEAU_DELTA:
        return schedule._replace(plateau_loss=valid_loss, plateau_wait=0)
    if patience is None or schedule.plateau_wait < patience:
        return schedule._replace(plateau_wait=schedule.plateau_wait + 1)
    # A rate that starts below the floor is not raised to it.
    lowered = max(schedule.learning_rate * factor, min(floor, schedule.learning_rate))
    return schedule._replace(learning_rate=lowered, plateau_wait=1)
