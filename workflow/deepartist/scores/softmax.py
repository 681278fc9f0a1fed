"""Classification of songs by a linear softmax (section 4.3)."""

import numpy as np

# Settings of the authors' linear softmax, from their code.
BATCH_SIZE = 16
LEARNING_RATE = 0.01
DECAY = 1e-6
MOMENTUM = 0.9
STOP_PATIENCE = 8


def softmax_predict(
    train: np.ndarray,
    train_labels: np.ndarray,
    valid: np.ndarray,
    valid_labels: np.ndarray,
    test: np.ndarray,
    *,
    trials: int,
    max_epochs: int,
    seed: int,
) -> np.ndarray:
    """Train a linear softmax several times and classify the test songs with each.

    The classifier is one dense layer on features that are standardised by one mean and one standard
    deviation over all values of the training part. It is trained by SGD with Nesterov momentum on
    the mean cross entropy. The weights of the epoch with the lowest validation loss are used, and
    training ends `STOP_PATIENCE` epochs after it. Trials differ in their initial weights and in the
    order of songs. Both are drawn from ``[seed, trial]``, so a trial does not depend on the number
    of trials.

    Parameters
    ----------
    train, valid, test : np.ndarray [shape=(n, d), (v, d), (q, d)]
    train_labels, valid_labels : np.ndarray [shape=(n,), (v,)]
    trials : int > 0
    max_epochs : int > 0
        Maximum number of passes over the training songs.
    seed : int >= 0

    Returns
    -------
    np.ndarray [shape=(trials, q), dtype of the labels]
    """
    classes, codes = np.unique(np.concatenate([train_labels, valid_labels]), return_inverse=True)
    mean = np.mean(train, dtype=np.float64)
    std = np.std(train, dtype=np.float64) or 1.0
    weights = train_softmax(
        (train - mean) / std,
        codes[: len(train)],
        (valid - mean) / std,
        codes[len(train) :],
        trials=trials,
        max_epochs=max_epochs,
        seed=seed,
    )
    x = _with_ones((test - mean) / std)
    return np.stack([classes[np.argmax(x @ w, axis=1)] for w in weights])


def train_softmax(
    train: np.ndarray,
    train_codes: np.ndarray,
    valid: np.ndarray,
    valid_codes: np.ndarray,
    *,
    trials: int,
    max_epochs: int,
    seed: int,
) -> np.ndarray:
    """Train the linear softmax layers of all trials together; see `softmax_predict`.

    Parameters
    ----------
    train, valid : np.ndarray [shape=(n, d), (v, d)]
        Standardised.
    train_codes, valid_codes : np.ndarray [shape=(n,), (v,), dtype=int]
        Class of each song; classes are numbered from 0 without gaps.
    trials, max_epochs, seed : int

    Returns
    -------
    np.ndarray [shape=(trials, d + 1, classes), dtype=float64]
        Weights of the best epoch; the last row is the bias.
    """
    classes = 1 + max(train_codes.max(), valid_codes.max())
    train, valid = _with_ones(train), _with_ones(valid)
    generators = [np.random.default_rng([seed, trial]) for trial in range(trials)]
    weights = np.stack([_initial_weights(train.shape[1] - 1, classes, g) for g in generators])
    velocity = np.zeros_like(weights)
    best = weights.copy()
    best_loss = np.full(trials, np.inf)
    waited = np.zeros(trials, dtype=int)
    running = np.arange(
        trials
    )  # trials that have not stopped, in the order of weights and velocity
    step = 0
    for _ in range(max_epochs):
        orders = np.stack([generators[trial].permutation(len(train)) for trial in running])
        for start in range(0, len(train), BATCH_SIZE):
            batch = orders[:, start : start + BATCH_SIZE]
            gradient = cross_entropy_gradient(weights, train[batch], train_codes[batch])
            nesterov_step(weights, velocity, gradient, LEARNING_RATE / (1 + DECAY * step))
            step += 1
        loss = np.array([cross_entropy(w, valid, valid_codes) for w in weights])
        better = loss < best_loss[running]
        best_loss[running[better]] = loss[better]
        best[running[better]] = weights[better]
        waited = np.where(better, 0, waited + 1)
        continues = waited < STOP_PATIENCE
        running, waited = running[continues], waited[continues]
        weights, velocity = weights[continues], velocity[continues]
        if not running.size:
            break
    return best


def cross_entropy(weights: np.ndarray, x: np.ndarray, codes: np.ndarray) -> float:
    """Compute the mean cross entropy of one linear softmax, in nats.

    Parameters
    ----------
    weights : np.ndarray [shape=(d, classes)]
    x : np.ndarray [shape=(n, d)]
    codes : np.ndarray [shape=(n,), dtype=int]
        True class of each row.

    Returns
    -------
    float
    """
    log_probability = _log_softmax(x @ weights)
    return float(-np.mean(log_probability[np.arange(len(x)), codes]))


def cross_entropy_gradient(weights: np.ndarray, x: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Compute the gradient of the mean cross entropy by the weights, for several trials at once.

    Parameters
    ----------
    weights : np.ndarray [shape=(trials, d, classes)]
    x : np.ndarray [shape=(trials, batch, d)]
    codes : np.ndarray [shape=(trials, batch), dtype=int]

    Returns
    -------
    np.ndarray [shape=(trials, d, classes)]
    """
    residual = np.exp(_log_softmax(x @ weights))  # (trials, batch, classes)
    trials, batch = codes.shape
    residual[np.arange(trials)[:, None], np.arange(batch), codes] -= 1
    gradient: np.ndarray = x.transpose(0, 2, 1) @ (residual / batch)
    return gradient


def nesterov_step(
    weights: np.ndarray, velocity: np.ndarray, gradient: np.ndarray, learning_rate: float
) -> None:
    """Update weights and velocity in place by a step of SGD with Nesterov momentum (as in Keras).

    Parameters
    ----------
    weights, velocity, gradient : np.ndarray [all of one shape]
    learning_rate : float > 0
    """
    step = learning_rate * gradient
    velocity *= MOMENTUM
    velocity -= step
    weights += MOMENTUM * velocity
    weights -= step


def _initial_weights(features: int, classes: int, generator: np.random.Generator) -> np.ndarray:
    limit = np.sqrt(6 / (features + classes))  # Glorot
    kernel = generator.uniform(-limit, limit, (features, classes))
    return np.vstack([kernel, np.zeros((1, classes))])  # the last row is the bias


def _with_ones(x: np.ndarray) -> np.ndarray:
    return np.hstack([x, np.ones((len(x), 1))])


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_probability: np.ndarray = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return log_probability
