"""Classification of songs by a logistic regression: a second linear probe, beside the paper's.

The paper's linear softmax scales all dimensions by one number and stops early; a dimension with a
small spread then hardly counts. Here each dimension is standardised, and the penalty is chosen.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

PENALTIES = (0.001, 0.01, 0.1, 1.0, 10.0)  # values of C; smaller ones penalise weights more
MAX_STEPS = 1000


def logistic_predict(
    train: np.ndarray,
    train_labels: np.ndarray,
    valid: np.ndarray,
    valid_labels: np.ndarray,
    test: np.ndarray,
) -> tuple[np.ndarray, float]:
    """Train a logistic regression (scikit-learn's) and classify the test songs.

    Dimensions are standardised over the training songs. A regression is trained on them for each C
    of `PENALTIES`. The one with most validation songs right is used; of several, the one with the
    smallest C, whose weights are smallest. Validation songs are never trained on.

    Parameters
    ----------
    train, valid, test : np.ndarray [shape=(n, d), (v, d), (q, d)]
    train_labels, valid_labels : np.ndarray [shape=(n,), (v,)]

    Returns
    -------
    predicted : np.ndarray [shape=(q,), dtype of train_labels]
        If the training songs have only one label, that label.
    c : float
        The C that was chosen.
    """
    if len(np.unique(train_labels)) == 1:  # nothing to separate, whatever the penalty
        return np.repeat(train_labels[:1], len(test)), PENALTIES[0]
    scaler = StandardScaler().fit(np.asarray(train, dtype=np.float64))
    train, valid, test = (scaler.transform(part) for part in (train, valid, test))
    # each regression starts from the weights of the one before, which are close
    regression = LogisticRegression(max_iter=MAX_STEPS, warm_start=True)
    chosen, most_right, predicted = PENALTIES[0], -1, train_labels[:0]
    for c in PENALTIES:
        regression.set_params(C=c).fit(train, train_labels)
        n_right = int(np.count_nonzero(regression.predict(valid) == valid_labels))
        if n_right > most_right:
            chosen, most_right, predicted = c, n_right, regression.predict(test)
    return predicted, chosen
