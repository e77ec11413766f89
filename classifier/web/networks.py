"""The networks that have served here, each with its card in words. Any user may read them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from classifier import class_guide
from classifier.models import ModelVersion
from classifier.networks import priors, registry
from classifier.web import network_tables
from classifier.web.network_tables import Card
from ml.labels import LABELS

SPLITS = {
    "lesion": _("by lesion: all photographs of a lesion are on one side"),
    "seed": _("by photograph: some lesions are on both sides, so figures on it flatter"),
}


# Drawn by `python -m ml evaluate`; docs/results/ comes along among the static files.
PLOTS = {
    "confusion": _("What was taken for what"),
    "reliability": _("How often a stated percentage was right"),
    "roc": _("Sensitivity against false alarms, for each class"),
    "curves": _("How the training went"),
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
        "figures": network_tables.figures(version.card),
        "classes": network_tables.classes(version.card),
        "subgroups": network_tables.subgroups(version.card),
        "thresholds": network_tables.thresholds(version.card),
        "mistakes": mistakes(version.card),
        "recipe": recipe(version.card),
        "plots": plots(version),
        "split": SPLITS.get(version.card.get("data", {}).get("split", "")),
        "prior": priors.in_words(registry.class_prior()) if version.active else "",
    }
    return render(request, "classifier/model.html", context)


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What the service does and does not, the seven classes, the licence; for everybody."""
    guide = [
        (label, words, class_guide.is_malignant(label))
        for label, words in class_guide.GUIDE.items()
    ]
    return render(request, "classifier/about.html", {"guide": guide})


def mistakes(card: Card) -> list[Card]:
    """Of each class how many were taken for which other one, the commonest mistake."""
    found = []
    for true, row in zip(LABELS, card.get("metrics", {}).get("confusion", []), strict=False):
        others = {label: n for label, n in zip(LABELS, row, strict=True) if label != true}
        label = max(others, key=others.__getitem__)
        if others[label]:
            taken_for = {"n": others[label], "of": sum(row), "for": class_guide.NAMES[label]}
            found.append({"class": class_guide.NAMES[true], **taken_for})
    return found


def plots(version: ModelVersion) -> list[dict[str, Any]]:
    """(address, words) of each plot of this very version's evaluation."""
    split = version.card.get("data", {}).get("split", "")
    for folder in (f"{version.name}-{version.version}-on-{split}", f"{version.name}-on-{split}"):
        found = [
            {"path": f"results/{folder}/{name}.png", "words": words}
            for name, words in PLOTS.items()
            if finders.find(f"results/{folder}/{name}.png")
        ]
        if found and _evaluated(folder) == version.sha256:
            return found
    return []


def _evaluated(folder: str) -> str:
    """The sha256 of the network that the folder's figures were measured on."""
    path = finders.find(f"results/{folder}/metrics.json")
    if not path:
        return ""
    metrics = json.loads(Path(str(path)).read_text(encoding="utf-8"))
    return str(metrics.get("artifact", {}).get("sha256", ""))


def recipe(card: Card) -> list[tuple[str, Any]]:
    """(what, how) of the training; what was not used is left out."""
    steps = card.get("recipe", {}).items()
    return [(name.replace("_", " "), value) for name, value in steps if value not in (None, "")]
