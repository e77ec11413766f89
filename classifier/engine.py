"""The worker's loop: claim a batch → decode → predict → complete, until nothing is queued.

The network works in a thread of its own. Meanwhile this one stores what it said of the last batch,
claims what has come in since and has it decoded, so that the network finds its next batch ready.
"""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils.module_loading import import_string

from classifier import queue, registry
from classifier.batch import Answer, Batch, Predicts, outcome
from classifier.models import ModelVersion
from classifier.progress import progress

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.02
"""How often a worker whose network is busy looks for more to decode."""
STORE_AGAIN_SECONDS = 0.5
DATABASE_AWAY = (OperationalError, InterfaceError)

_network = ThreadPoolExecutor(1, thread_name_prefix="network")
_never = threading.Event()

Answers = Future[list[Answer | queue.Refusal]]


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


def drain(*, seconds: float, stopping: threading.Event = _never) -> int:
    """Classify until nothing is queued, `seconds` have passed or `stopping` is set.

    Returns how many were classified. The network is loaded before anything is claimed: where it
    cannot be, the jobs just wait.
    """
    model_version()
    size = predictor().artifact.input_size
    deadline = time.monotonic() + seconds

    def is_over() -> bool:
        return stopping.is_set() or time.monotonic() >= deadline

    def claimed() -> Batch:
        batch = Batch()
        if not is_over():
            batch.claim(size)
        return batch

    try:
        return _work(claimed, is_over)
    finally:
        progress.idle()


def _work(claimed: Callable[[], Batch], is_over: Callable[[], bool]) -> int:
    classified = 0
    batch = claimed()
    answers = _begin(batch)
    while batch:
        ahead = _claim_ahead(batch, answers, is_over)
        known = answers.result()
        if ahead:
            ahead.renew_if_old()
            answers = _begin(ahead)
        _store(known, batch)
        classified += len(batch)
        if not ahead:
            ahead = claimed()
            answers = _begin(ahead)
        batch = ahead
    return classified


def _begin(batch: Batch) -> Answers:
    return _network.submit(batch.ask, predictor())


def _claim_ahead(batch: Batch, answers: Answers, is_over: Callable[[], bool]) -> Batch:
    """The next batch, as far as it comes in while the network is busy with this one.

    Empty when there shall be no next one: what was claimed is given back as not begun.
    """
    progress.began(lease_ends=batch.lease_ends)
    size = predictor().artifact.input_size
    ahead = Batch()
    try:
        while not answers.done():
            if is_over():
                queue.release(ahead.claimed)
                return Batch()
            # One that has cost a worker may cost this one, too, and what it holds besides.
            if batch.is_suspect or not ahead.claim(size, ahead=True):
                wait([answers], timeout=LOOK_SECONDS)
    except DATABASE_AWAY:
        logger.warning("Nothing can be claimed at the moment.", exc_info=True)
        connection.close()
    return ahead


def _store(answers: list[Answer | queue.Refusal], batch: Batch) -> None:
    """Results outlive a database that is away for less than their lease."""
    outcomes = [outcome(answer) for answer in answers]
    while True:
        try:
            queue.complete(outcomes, model_version())
        except DATABASE_AWAY:
            if time.monotonic() > batch.lease_ends:
                raise
            logger.warning("Results cannot be stored yet.", exc_info=True)
            connection.close()
            time.sleep(STORE_AGAIN_SECONDS)
        else:
            progress.stored(len(batch), claimed_at=batch.claimed_at)
            return
