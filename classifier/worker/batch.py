"""A batch: claimed photographs, decoded in threads, answered by one call of the network."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from django.conf import settings

from classifier import heatmap, photo_warnings, queue
from classifier.correlation import about
from classifier.metrics import measures
from classifier.models import Prediction, Status
from classifier.networks import registry
from classifier.outcomes import Outcome, Refusal, Result
from classifier.worker.loaded import Network, Predicts
from ml.labels import by_label
from ml.photographs import InvalidPhotograph, open_photograph
from ml.predictions import Predictions
from ml.preprocessing import Pixels, to_pixels

logger = logging.getLogger(__name__)

UNREADABLE = "The stored photograph can no longer be read. Please upload it again."
UNAVAILABLE = "The stored photograph cannot be opened."
NETWORK_FAILED = "The classification failed. Please try again."

BACKGROUND_BATCH = 8
"""Whoever uploads meanwhile waits for so many at most."""

_decoders = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="decode")


@dataclass(frozen=True)
class Readable:
    """A claimed prediction whose photograph could be decoded."""

    prediction: Prediction
    pixels: Pixels
    warnings: list[str]


@dataclass
class Batch:
    """Claimed together, or while the same batch before it was with the network.

    It is classified by the network that it began with, whichever becomes active meanwhile.
    """

    network: Network
    in_background: bool = False
    """Asked of that very network by staff; nobody waits for it."""
    claimed: list[Prediction] = field(default_factory=list)
    claimed_at: float = 0.0
    """By the monotonic clock, like `lease_ends`: when the first of them were."""
    _decoded: dict[Prediction, Future[Readable | Refusal]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.claimed)

    @property
    def is_full(self) -> bool:
        return len(self) >= settings.QUEUE_BATCH

    @property
    def lease_ends(self) -> float:
        lease: int = settings.QUEUE_LEASE_SECONDS
        return self.claimed_at + lease

    @property
    def is_suspect(self) -> bool:
        """A worker that had this photograph before was lost."""
        return any(row.attempt > 1 for row in self.claimed)

    def claim(self, *, ahead: bool = False) -> bool:
        """Fill up with what is queued and have it decoded for the network."""
        now = time.monotonic()
        size = self.network.input_size
        rows = self._claim(ahead=ahead)
        self.claimed_at = self.claimed_at or now
        self.claimed += rows
        self._decoded |= {row: _decoders.submit(decode, row, size) for row in rows}
        return bool(rows)

    def _claim(self, *, ahead: bool) -> list[Prediction]:
        if self.in_background:
            return queue.claim_in_background(BACKGROUND_BATCH, self.network.version)
        room = settings.QUEUE_BATCH - len(self)
        return queue.claim(room, ahead=ahead) if room > 0 else []

    def renew_if_old(self) -> None:
        """Where much of the lease went by in waiting: a new one, for what still is ours."""
        now = time.monotonic()
        if self.lease_ends - now < settings.QUEUE_LEASE_SECONDS / 2:
            self.claimed = queue.renew(self.claimed)
            self.claimed_at = now

    def ask(self) -> list[Answer | Refusal]:
        """Waits for the decoders and for the network; does not touch the database."""
        decoded = [self._decoded[row].result() for row in self.claimed]
        readable = [one for one in decoded if isinstance(one, Readable)]
        refused = [one for one in decoded if isinstance(one, Refusal)]
        return [*refused, *_ask(self.network.predictor, readable)]


@dataclass(frozen=True)
class Answer:
    """What the network says of one photograph, the i-th of those that it was asked together."""

    readable: Readable
    predictions: Predictions
    i: int


def decode(prediction: Prediction, size: int) -> Readable | Refusal:
    """The network's input, or what went wrong: an outcome, so that others are not touched."""
    try:
        with measures.STAGES.timed("decode"):
            with prediction.image.file.open("rb") as file:
                photograph = open_photograph(file, at_least=2 * size)
            warnings = photo_warnings.of_photograph(photograph)
            return Readable(prediction, to_pixels(photograph, size), warnings)
    except InvalidPhotograph as error:
        return Refusal(prediction, Status.REJECTED, error.code, UNREADABLE)
    except Exception:
        logger.exception("%s: its file cannot be opened.", prediction, extra=about(prediction))
        return Refusal(prediction, Status.FAILED, "file_unavailable", UNAVAILABLE)


def _ask(network: Predicts, readable: Sequence[Readable]) -> Iterator[Answer | Refusal]:
    """One call of the network; if it fails, one call each, so that only the culprit fails."""
    if not readable:
        return
    try:
        with measures.STAGES.timed("network"):
            predictions = network.predict(np.stack([one.pixels for one in readable]))
    except Exception as error:
        if len(readable) > 1:
            for single in readable:
                yield from _ask(network, [single])
            return
        yield _network_failed(readable[0].prediction, error)
        return
    for i, one in enumerate(readable):
        yield Answer(one, predictions, i)


def outcome(answer: Answer | Refusal) -> Outcome:
    """What is stored of one photograph."""
    if isinstance(answer, Refusal):
        return answer
    try:
        return _result(answer)
    except Exception as error:
        return _network_failed(answer.readable.prediction, error)


def _result(answer: Answer) -> Result:
    predictions, i = answer.predictions, answer.i
    scores, maps = predictions.in_distribution, predictions.class_maps
    score = None if scores is None else float(scores[i])
    refused = score is not None and score < 0
    warnings = answer.readable.warnings
    return Result(
        answer.readable.prediction,
        by_label(predictions.probabilities[i]),
        prior=registry.class_prior(),
        in_distribution=score,
        class_maps=None if maps is None else heatmap.pack(maps[i]),
        warnings=[*warnings, *([photo_warnings.NOT_A_LESION] if refused else [])],
    )


def _network_failed(prediction: Prediction, error: Exception) -> Refusal:
    logger.error("%s: the network failed.", prediction, extra=about(prediction), exc_info=error)
    return Refusal(prediction, Status.FAILED, "network_failed", NETWORK_FAILED)
