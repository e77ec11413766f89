"""Classify files from the command line: many files, one process, one network, in batches."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from ml.labels import LONG_NAMES, by_label
from ml.photographs import InvalidPhotograph
from ml.predictions import Predictions
from ml.predictor import Predictor, batches
from ml.preprocessing import Pixels, load_pixels


def print_predictions(artifact_name: str, files: Iterable[Path], *, as_json: bool) -> int:
    """Print one result a file, in order; returns 1 if a file could not be classified, else 0."""
    failed = False
    for result in predict_files(Predictor(artifact_name), files):
        failed |= "error" in result
        print(json.dumps(result) if as_json else _for_people(result), flush=True)
    return int(failed)


def predict_files(predictor: Predictor, files: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """For each file, in order, what `--json` prints.

    `{"file", "label", "probability", "probabilities", "in_distribution"}` or `{"file", "error"}`.
    """
    with ThreadPoolExecutor() as threads:
        for batch in batches(files):
            decoded = list(threads.map(lambda path: _decode(path, predictor.input_size), batch))
            pixels = [item for item in decoded if not isinstance(item, InvalidPhotograph)]
            rows = iter(_results(predictor.predict(np.stack(pixels))) if pixels else ())
            for path, item in zip(batch, decoded, strict=True):
                if isinstance(item, InvalidPhotograph):
                    yield {"file": str(path), "error": str(item)}
                else:
                    yield {"file": str(path), **next(rows)}


def _decode(path: Path, size: int) -> Pixels | InvalidPhotograph:
    try:
        return load_pixels(path, size)
    except InvalidPhotograph as error:
        return error


def _results(predictions: Predictions) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(predictions.probabilities):
        probabilities = by_label(row)
        label = max(probabilities, key=lambda name: probabilities[name])
        scores = predictions.in_distribution
        yield {
            "label": label,
            "probability": probabilities[label],
            "probabilities": probabilities,
            "in_distribution": None if scores is None else bool(scores[number] >= 0),
        }


def _for_people(result: dict[str, Any]) -> str:
    if "error" in result:
        return f"{result['file']}: {result['error']}"
    ranked = sorted(result["probabilities"].items(), key=lambda item: -item[1])
    lines = [f"  {probability:6.1%}  {LONG_NAMES[label]}" for label, probability in ranked]
    if result["in_distribution"] is False:
        lines.insert(0, "  This does not look like a dermatoscopic photograph of a skin lesion.")
    return "\n".join([result["file"], *lines])
