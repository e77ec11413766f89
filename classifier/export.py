"""A history as a table for spreadsheets: CSV in UTF-8, the same for pages, API and archives."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.db.models import QuerySet

from classifier.models import Prediction
from ml.labels import LABELS, LONG_NAMES

BOM: Final = "\ufeff"
"""Without it Excel reads UTF-8 as something else."""
COLUMNS: Final = (
    "id", "photograph", "created_at", "status", "label", "class", "probability", *LABELS,
    "malignancy", "prior", "recognised", "warnings", "network", "file_name", "note", "body_site",
    "taken_on", "lesion", "error",
)  # fmt: skip
# What a spreadsheet takes for a formula when a text begins with it.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Line:
    """What `csv` writes to: hands the line back."""

    def write(self, line: str) -> str:
        return line


def lines(predictions: QuerySet[Prediction]) -> Iterator[str]:
    """The table line by line, in constant memory."""
    writer = csv.writer(_Line())
    yield BOM + writer.writerow(COLUMNS)
    rows = predictions.select_related("image", "image__lesion", "model_version")
    for prediction in rows.defer("class_maps", "model_version__card").iterator(chunk_size=1000):
        yield writer.writerow(_cells(prediction))


def _cells(prediction: Prediction) -> Iterable[Any]:
    image = prediction.image
    probabilities = prediction.probabilities or {}
    recognised = "" if prediction.in_distribution is None else not prediction.out_of_distribution
    return (
        prediction.pk,
        image.pk,
        prediction.created_at.isoformat(timespec="seconds"),
        prediction.status,
        prediction.label,
        LONG_NAMES.get(prediction.label, ""),
        _share(prediction.probability),
        *(_share(probabilities.get(label)) for label in LABELS),
        _share(prediction.malignancy),
        prediction.prior,
        recognised,
        " ".join(prediction.warnings),
        prediction.model_version or "",
        _text(image.original_name),
        _text(image.note),
        image.body_site,
        image.taken_on or "",
        _text(image.lesion.name if image.lesion else ""),
        _text(prediction.error_message),
    )


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}"


def _text(value: str) -> str:
    """What a person wrote is text and never a formula."""
    return f"'{value}" if value.startswith(FORMULA) else value
