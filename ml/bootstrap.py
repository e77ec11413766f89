"""How far a figure would move on other lesions: percentile intervals, resampled by lesion."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ml.metrics import Labels, Probabilities

ROUNDS = 1_000


def intervals(
    figures: Callable[[Labels, Probabilities], dict[str, float]],
    labels: Labels,
    probabilities: Probabilities,
    lesions: Sequence[str],
    rounds: int = ROUNDS,
) -> dict[str, tuple[float, float]]:
    """95 % intervals of all that `figures` returns (Efron's percentile method).

    Each round draws as many lesions as there are, with replacement, and takes all photographs of
    each: those of one lesion are not independent. Rounds in which a figure is undefined (NaN, or
    not returned because a class was not drawn) are left out of its interval. The draws are the
    same in every call.
    """
    _, lesion = np.unique(np.asarray(lesions), return_inverse=True)
    order = np.argsort(lesion, kind="stable")
    photographs = np.split(order, np.cumsum(np.bincount(lesion))[:-1])
    rng = np.random.default_rng(0)
    drawn: dict[str, list[float]] = {}
    for _ in range(rounds):
        chosen = rng.integers(0, len(photographs), len(photographs))
        indices = np.concatenate([photographs[number] for number in chosen])
        for name, value in figures(labels[indices], probabilities[indices]).items():
            if not np.isnan(value):
                drawn.setdefault(name, []).append(value)
    return {
        name: (float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975)))
        for name, values in drawn.items()
    }
