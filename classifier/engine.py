"""The worker's loop: claim a batch → decode → predict → complete, until nothing is queued."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from django.conf import settings
from django.utils.module_loading import import_string

from classifier import heatmap, photo_warnings, queue, registry
from classifier.models import ModelVersion, Prediction
from ml.artifact import Artifact
from ml.labels import by_label
from ml.photographs import InvalidPhotograph, open_photograph
from ml.predictions import Predictions
from ml.preprocessing import Pixels, to_pixels

logger = logging.getLogger(__name__)

UNREADABLE = "The stored photograph can no longer be read. Please upload it again."

_decoders = ThreadPoolExecutor(thread_name_prefix="decode")


class Predicts(Protocol):
    """What the engine asks of `settings.PREDICTOR`; `ml.predictor.Predictor` is the real one.

    It is created with the artefact's name and `prior=`, the class prior that its answers assume.
    """

    artifact: Artifact

    def predict(self, pixels: Pixels) -> Predictions: ...


@functools.cache
def predictor() -> Predicts:
    """The network, loaded on the first call in this process and kept.

    Raises `ArtifactError` and `PriorError`.
    """
    started = time.monotonic()
    create = import_string(settings.PREDICTOR)
    loaded: Predicts = create(registry.artifact_name(), prior=registry.class_prior())
    name = f"{loaded.artifact.name} {loaded.artifact.version}"
    logger.info("Loaded network %s in %.1f s.", name, time.monotonic() - started)
    return loaded


@functools.cache
def model_version() -> ModelVersion:
    """The row that predictions of this process are stored with."""
    return registry.register(predictor().artifact)


def drain(*, seconds: float) -> int:
    """Classify until nothing is queued or `seconds` have passed; returns how many were claimed.

    The network is loaded before anything is claimed: where it cannot be, the jobs just wait.
    """
    model_version()
    deadline = time.monotonic() + seconds
    claimed = 0
    while time.monotonic() < deadline and (batch := queue.claim(settings.QUEUE_BATCH)):
        classify(batch)
        claimed += len(batch)
    return claimed


@dataclass(frozen=True)
class _Readable:
    """A claimed prediction whose photograph could be decoded."""

    prediction: Prediction
    pixels: Pixels
    warnings: list[str]


def classify(batch: Sequence[Prediction]) -> None:
    """Bring every claimed prediction to its final state."""
    readable: list[_Readable] = []
    for prediction, outcome in zip(batch, _decoders.map(_decode, batch), strict=True):
        if isinstance(outcome, InvalidPhotograph):
            queue.reject(prediction, outcome.code, UNREADABLE)
        elif isinstance(outcome, Exception):
            logger.error("%s: its file cannot be opened.", prediction, exc_info=outcome)
            queue.fail(prediction, "file_unavailable", "The stored photograph cannot be opened.")
        else:
            readable.append(outcome)
    if readable:
        _predict(readable)


def _decode(prediction: Prediction) -> _Readable | Exception:
    """The network's input, or what went wrong: an outcome, so that others are not touched."""
    size = predictor().artifact.input_size
    try:
        with prediction.image.file.open("rb") as file:
            photograph = open_photograph(file, at_least=2 * size)
        warnings = photo_warnings.of_photograph(photograph)
        return _Readable(prediction, to_pixels(photograph, size), warnings)
    except Exception as error:
        return error


def _predict(readable: list[_Readable]) -> None:
    """One call of the network; if it fails, one call each, so that only the culprit fails."""
    try:
        predictions = predictor().predict(np.stack([one.pixels for one in readable]))
        results = [_result(one, predictions, i) for i, one in enumerate(readable)]
    except Exception:
        if len(readable) > 1:
            for single in readable:
                _predict([single])
            return
        prediction = readable[0].prediction
        logger.exception("%s: the network failed.", prediction)
        queue.fail(prediction, "network_failed", "The classification failed. Please try again.")
        return
    queue.complete(results, model_version())


def _result(one: _Readable, predictions: Predictions, i: int) -> queue.Result:
    """What is stored of the i-th photograph of a batch."""
    scores, maps = predictions.in_distribution, predictions.class_maps
    score = None if scores is None else float(scores[i])
    refused = score is not None and score < 0
    return queue.Result(
        one.prediction,
        by_label(predictions.probabilities[i]),
        prior=registry.class_prior(),
        in_distribution=score,
        class_maps=None if maps is None else heatmap.pack(maps[i]),
        warnings=[*one.warnings, *([photo_warnings.NOT_A_LESION] if refused else [])],
    )
