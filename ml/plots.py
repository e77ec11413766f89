"""A scoring as PNG: confusion matrices, ROC curves, reliability diagram, training curves."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")  # draws to files, on machines without a screen too

import numpy as np
import numpy.typing as npt
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from ml.calibration import class_weights, expected_calibration_error, reliability
from ml.checkpoints import History
from ml.labels import LABELS
from ml.metrics import Labels, Probabilities, auc, confusion, roc


def draw(folder: Path, labels: Labels, probabilities: Probabilities, history: History) -> None:
    """Write all plots; the training curves where there is a history."""
    counts = confusion(labels, probabilities)
    _save(confusion_matrices(counts), folder / "confusion.png")
    _save(roc_curves(labels, probabilities), folder / "roc.png")
    _save(reliability_diagram(labels, probabilities), folder / "reliability.png")
    if history:
        _save(training_curves(history), folder / "curves.png")


def confusion_matrices(counts: npt.NDArray[np.int64]) -> Figure:
    """Two matrices: each row sums to 1 (recall on the diagonal), each column does (precision)."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5.4), layout="constrained")
    for axes, axis, title in (
        (left, 1, "of each true class (recall on the diagonal)"),
        (right, 0, "of each predicted class (precision on the diagonal)"),
    ):
        shares = counts / np.maximum(counts.sum(axis=axis, keepdims=True), 1)
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        axes.set(title=f"Shares {title}", xlabel="predicted", ylabel="true")
        axes.set_xticks(range(len(LABELS)), LABELS)
        axes.set_yticks(range(len(LABELS)), LABELS)
        for (row, column), share in np.ndenumerate(shares):
            colour = "white" if share > 0.6 else "black"
            axes.text(column, row, f"{share:.2f}", ha="center", va="center", color=colour)
    return figure


def roc_curves(labels: Labels, probabilities: Probabilities) -> Figure:
    """Each class against the rest, where both occur."""
    figure, axes = plt.subplots(figsize=(6, 5.6), layout="constrained")
    for index, label in enumerate(LABELS):
        positive, score = labels == index, probabilities[:, index]
        if positive.any() and not positive.all():
            axes.plot(*roc(positive, score), label=f"{label}: AUC {auc(positive, score):.3f}")
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":", linewidth=1)
    axes.set(title="ROC, one against the rest", xlabel="1 − specificity", ylabel="sensitivity")
    axes.legend(loc="lower right")
    return figure


def reliability_diagram(labels: Labels, probabilities: Probabilities) -> Figure:
    """Accuracy against confidence by bin; above it a bar for the photographs in each.

    The classes weigh the same, as under the uniform prior.
    """
    weights = class_weights(labels)
    found = reliability(labels, probabilities, weights=weights)
    confidence = [each.confidence for each in found]
    figure, (above, axes) = plt.subplots(
        2, 1, figsize=(6, 6.4), sharex=True, height_ratios=(1, 4), layout="constrained"
    )
    above.bar(confidence, [each.n for each in found], width=0.04, color="grey")
    above.set(ylabel="photographs")
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":", linewidth=1)
    axes.plot(confidence, [each.accuracy for each in found], marker="o")
    error = expected_calibration_error(labels, probabilities, weights=weights)
    axes.set(xlabel="confidence", ylabel="accuracy", xlim=(0, 1), ylim=(0, 1))
    above.set_title(f"Reliability, uniform prior: expected calibration error {error:.3f}")
    return figure


def training_curves(history: History) -> Figure:
    """Loss and accuracy by epoch, on class-balanced draws of both sides."""
    figure, panels = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    epochs = [row["epoch"] for row in history]
    for axes, name in zip(panels, ("loss", "accuracy"), strict=True):
        for side in ("training", "validation"):
            axes.plot(epochs, [row[f"{side}_{name}"] for row in history], marker="o", label=side)
        axes.set(xlabel="epoch", ylabel=name)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend()
    return figure


def _save(figure: Figure, path: Path) -> None:
    # Without the date and the version, the same figures give the same bytes.
    figure.savefig(path, dpi=90, metadata={"Software": None})
    plt.close(figure)
