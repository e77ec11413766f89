"""The worker's loop: claim a batch → decode → predict → complete, until nothing is queued."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
from django.conf import settings
from django.utils.module_loading import import_string

from classifier import queue, registry
from classifier.models import ModelVersion, Prediction
from ml.artifact import Artifact
from ml.labels import by_label
from ml.photographs import InvalidPhotograph
from ml.predictions import Predictions
from ml.preprocessing import Pixels, load_pixels

logger = logging.getLogger(__name__)

UNREADABLE = "The stored photograph can no longer be read. Please upload it again."

_decoders = ThreadPoolExecutor(thread_name_prefix="decode")


class Predicts(Protocol):
    """What the engine asks of `settings.PREDICTOR`; `ml.predictor.Predictor` is the real one."""

    artifact: Artifact

    def predict(self, pixels: Pixels) -> Predictions: ...


@functools.cache
def predictor() -> Predicts:
    """The network, loaded on the first call in this process and kept. Raises `ArtifactError`."""
    started = time.monotonic()
    loaded: Predicts = import_string(settings.PREDICTOR)(registry.artifact_name())
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


def classify(batch: Sequence[Prediction]) -> None:
    """Bring every claimed prediction to its final state."""
    readable: list[tuple[Prediction, Pixels]] = []
    for prediction, outcome in zip(batch, _decoders.map(_decode, batch), strict=True):
        if isinstance(outcome, InvalidPhotograph):
            queue.reject(prediction, outcome.code, UNREADABLE)
        elif isinstance(outcome, Exception):
            logger.error("%s: its file cannot be opened.", prediction, exc_info=outcome)
            queue.fail(prediction, "file_unavailable", "The stored photograph cannot be opened.")
        else:
            readable.append((prediction, outcome))
    if readable:
        _predict(readable)


def _decode(prediction: Prediction) -> Pixels | Exception:
    """The network's input, or what went wrong: an outcome, so that others are not touched."""
    try:
        with prediction.image.file.open("rb") as file:
            return load_pixels(file, predictor().artifact.input_size)
    except Exception as error:
        return error


def _predict(readable: list[tuple[Prediction, Pixels]]) -> None:
    """One call of the network; if it fails, one call each, so that only the culprit fails."""
    try:
        predictions = predictor().predict(np.stack([pixels for _, pixels in readable]))
    except Exception:
        if len(readable) > 1:
            for single in readable:
                _predict([single])
            return
        prediction = readable[0][0]
        logger.exception("%s: the network failed.", prediction)
        queue.fail(prediction, "network_failed", "The classification failed. Please try again.")
        return
    queue.complete(
        [
            queue.Result(prediction, by_label(row))
            for (prediction, _), row in zip(readable, predictions.probabilities, strict=True)
        ],
        model_version(),
    )
