"""A history as a whole, in constant memory: a table for spreadsheets, or a JSON object a line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from django.db.models import QuerySet

from classifier.models import Prediction
from ml.labels import LABELS, LONG_NAMES

ROWS: Final = 1_000
"""So many are fetched at a time; PostgreSQL keeps the others for us on its side."""
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


def csv_lines(predictions: QuerySet[Prediction]) -> Iterator[str]:
    """The table line by line, in UTF-8 for Excel."""
    writer = csv.writer(_Line())
    yield BOM + writer.writerow(COLUMNS)
    for prediction in _rows(predictions):
        yield writer.writerow(_cells(prediction))


def json_lines(predictions: QuerySet[Prediction]) -> Iterator[str]:
    """NDJSON: what the API says of a prediction, without addresses and whatever changes."""
    for prediction in _rows(predictions):
        yield json.dumps(_record(prediction), ensure_ascii=False) + "\n"


def in_blocks(lines: Iterator[str], size: int = 200) -> Iterator[bytes]:
    """Many lines at once, so that they go out in fewer pieces."""
    while block := "".join(islice(lines, size)):
        yield block.encode()


def _rows(predictions: QuerySet[Prediction]) -> Iterator[Prediction]:
    rows = predictions.select_related("image", "image__lesion", "model_version")
    return rows.defer("class_maps", "model_version__card").iterator(chunk_size=ROWS)


def _record(prediction: Prediction) -> dict[str, Any]:
    image, version = prediction.image, prediction.model_version
    error = {"code": prediction.error_code, "message": prediction.error_message}
    unknown = prediction.in_distribution is None
    return {
        "id": str(prediction.pk),
        "status": prediction.status,
        "created_at": prediction.created_at.isoformat(),
        "finished_at": prediction.finished_at.isoformat() if prediction.finished_at else None,
        "label": prediction.label or None,
        "probability": prediction.probability,
        "probabilities": prediction.probabilities,
        "malignancy": prediction.malignancy,
        "prior": prediction.prior or None,
        "in_distribution": None if unknown else not prediction.out_of_distribution,
        "warnings": prediction.warnings,
        "model": {"name": version.name, "version": version.version} if version else None,
        "image": {
            "id": str(image.pk),
            "width": image.width,
            "height": image.height,
            "original_name": image.original_name,
            "note": image.note,
            "body_site": image.body_site,
            "taken_on": image.taken_on.isoformat() if image.taken_on else None,
            "lesion": image.lesion.name if image.lesion else None,
        },
        "error": error if prediction.error_code else None,
    }


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
