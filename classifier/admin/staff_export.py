"""Predictions as a table for the staff: ids and results; no names, file names or notes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from django.db.models import QuerySet

from classifier.downloads.export import BOM
from classifier.models import Prediction
from ml.labels import LABELS

COLUMNS: Final = (
    "id", "photograph", "owner", "created_at", "finished_at", "status", "label", "probability",
    *LABELS, "prior", "in_distribution", "warnings", "network", "error", "diagnosis",
    "confirmed_by",
)  # fmt: skip
PART: Final = 1000


def header() -> str:
    return BOM + _lines([COLUMNS])


def parts(predictions: QuerySet[Prediction]) -> Iterator[list[Prediction]]:
    """In constant memory, however many there are."""
    rows = predictions.select_related("model_version", "image__diagnosis")
    found = rows.defer("class_maps", "model_version__card").iterator(chunk_size=PART)
    while part := list(islice(found, PART)):
        yield part


def table(part: Iterable[Prediction]) -> str:
    return _lines(_cells(prediction) for prediction in part)


def _cells(prediction: Prediction) -> tuple[Any, ...]:
    probabilities = prediction.probabilities or {}
    diagnosis = getattr(prediction.image, "diagnosis", None)
    return (
        prediction.pk,
        prediction.image_id,
        prediction.owner_id,
        prediction.created_at.isoformat(timespec="seconds"),
        prediction.finished_at.isoformat(timespec="seconds") if prediction.finished_at else "",
        prediction.status,
        prediction.label,
        _number(prediction.probability),
        *(_number(probabilities.get(label)) for label in LABELS),
        prediction.prior,
        _number(prediction.in_distribution),
        " ".join(prediction.warnings),
        prediction.model_version or "",
        prediction.error_code,
        diagnosis.label if diagnosis else "",
        diagnosis.method if diagnosis else "",
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}"


def _lines(rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
