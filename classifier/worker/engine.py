"""The worker's loop: claim a batch → decode → predict → complete, until nothing is queued.

The network works in a thread of its own. Meanwhile this one stores what it said of the last batch,
claims what has come in since and has it decoded, so that the network finds its next batch ready.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from django.db import InterfaceError, OperationalError, connection

from classifier import queue
from classifier.metrics import measures
from classifier.outcomes import Refusal
from classifier.staff import reruns
from classifier.worker.batch import Answer, Batch, outcome
from classifier.worker.loaded import networks
from classifier.worker.progress import progress

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.02
"""How often a worker whose network is busy looks for more to decode."""
STORE_AGAIN_SECONDS = 0.5
DATABASE_AWAY = (OperationalError, InterfaceError)

_network = ThreadPoolExecutor(1, thread_name_prefix="network")
_never = threading.Event()

Answers = Future[list[Answer | Refusal]]
IsOver = Callable[[], bool]


def drain(*, seconds: float, stopping: threading.Event = _never) -> int:
    """Classify until nothing is queued, `seconds` have passed or `stopping` is set.

    Returns how many were classified. The network is loaded before anything is claimed: where it
    cannot be, the jobs just wait.
    """
    networks.active()
    deadline = time.monotonic() + seconds

    def is_over() -> bool:
        return stopping.is_set() or time.monotonic() >= deadline

    try:
        return _work(is_over)
    finally:
        progress.idle()


def _work(is_over: IsOver) -> int:
    classified = 0
    batch = _claimed(is_over)
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
            ahead = _claimed(is_over)
            answers = _begin(ahead)
        batch = ahead
    return classified


def _claimed(is_over: IsOver) -> Batch:
    """What users wait for; where nobody does, what staff asked of one version."""
    batch = Batch(networks.active())
    if is_over() or batch.claim():
        return batch
    while version := queue.wanted_in_background():
        try:
            network = networks.of(version)
        except Exception:  # of any predictor
            logger.exception("%s cannot be loaded: what was asked of it fails.", version)
            reruns.give_up(version)
            continue
        background = Batch(network, in_background=True)
        background.claim()
        return background
    return batch


def _begin(batch: Batch) -> Answers:
    return _network.submit(batch.ask)


def _claim_ahead(batch: Batch, answers: Answers, is_over: IsOver) -> Batch:
    """The next batch, as far as it comes in while the network is busy with this one.

    Empty when there shall be no next one: what was claimed is given back as not begun.
    """
    progress.began(lease_ends=batch.lease_ends)
    ahead = Batch(networks.active())
    if not batch.is_full:  # nothing was left, and what came in since is too young yet
        wait([answers], timeout=queue.PATIENCE.total_seconds())
    try:
        while not answers.done():
            if is_over():
                queue.release(ahead.claimed)
                return Batch(networks.active())
            # One that has cost a worker may cost this one, too, and what it holds besides.
            if batch.is_suspect or not ahead.claim(ahead=True):
                wait([answers], timeout=LOOK_SECONDS)
    except DATABASE_AWAY:
        logger.warning("Nothing can be claimed at the moment.", exc_info=True)
        connection.close()
    return ahead


def _store(answers: list[Answer | Refusal], batch: Batch) -> None:
    """Results outlive a database that is away for less than their lease."""
    outcomes = [outcome(answer) for answer in answers]
    while True:
        try:
            with measures.STAGES.timed("store"):
                queue.complete(outcomes, batch.network.version)
        except DATABASE_AWAY:
            if time.monotonic() > batch.lease_ends:
                raise
            logger.warning("Results cannot be stored yet.", exc_info=True)
            connection.close()
            time.sleep(STORE_AGAIN_SECONDS)
        else:
            measures.BATCHES.observe(len(batch))
            if not batch.in_background:  # small, and perhaps another network's
                progress.stored(len(batch), claimed_at=batch.claimed_at)
            return
