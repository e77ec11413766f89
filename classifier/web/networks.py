"""The networks that have served here, each with its card in words. Any user may read them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from classifier import priors, registry
from classifier.models import ModelVersion
from classifier.operating_points import operating_points
from ml.labels import LONG_NAMES

Card = dict[str, Any]

FIGURES = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy (mean recall of the seven classes)",
    "macro_auc": "AUC, mean over the seven classes",
    "malignant_auc": "AUC, malignant or pre-malignant against benign",
}
SPLITS = {
    "lesion": "by lesion: all photographs of a lesion are on one side",
    "seed": "by photograph: some lesions are on both sides, so figures on it flatter",
}


@login_required
@require_safe
def models(request: HttpRequest) -> HttpResponse:
    versions = ModelVersion.objects.order_by("-active", "-created_at")
    return render(request, "classifier/models.html", {"versions": versions})


@login_required
@require_safe
def model(request: HttpRequest, pk: int) -> HttpResponse:
    version = get_object_or_404(ModelVersion, pk=pk)
    context = {
        "version": version,
        "card": version.card,
        "figures": figures(version.card),
        "classes": classes(version.card),
        "points": operating_points(version.card),
        "recipe": recipe(version.card),
        "split": SPLITS.get(version.card.get("data", {}).get("split", "")),
        "prior": priors.in_words(registry.class_prior()) if version.active else "",
    }
    return render(request, "classifier/model.html", context)


def figures(card: Card) -> list[Card]:
    """Each figure that the card has, with its 95 % interval where it has one."""
    metrics = card.get("metrics", {})
    intervals = metrics.get("intervals", {})
    return [
        {"name": words, "value": metrics[name], "interval": intervals.get(name)}
        for name, words in FIGURES.items()
        if name in metrics
    ]


def classes(card: Card) -> list[Card]:
    """Of each class what is known: its share in training, its recall."""
    shares = card.get("training_prior", {})
    recalls = card.get("metrics", {}).get("recall", {})
    return [
        {"name": name, "share": shares.get(label), "recall": recalls.get(label)}
        for label, name in LONG_NAMES.items()
        if label in shares or label in recalls
    ]


def recipe(card: Card) -> list[tuple[str, Any]]:
    """(what, how) of the training; what was not used is left out."""
    steps = card.get("recipe", {}).items()
    return [(name.replace("_", " "), value) for name, value in steps if value is not None]
