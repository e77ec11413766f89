"""Many photographs at once: some at a time, each with its own result or its own error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

from skincare_client.client import Client
from skincare_client.errors import SkincareError
from skincare_client.results import Details, Prediction


@dataclass(frozen=True)
class Failed:
    """Why there is no prediction of a file."""

    message: str


@dataclass(frozen=True)
class Outcome:
    path: Path
    result: Prediction | Failed


def classify_files(
    client: Client,
    paths: Sequence[Path],
    *,
    at_once: int = 4,
    within: float = 600.0,
    **details: Unpack[Details],
) -> Iterator[Outcome]:
    """In the order in which they are finished; a bad file spoils no other."""

    def classified(path: Path) -> Prediction | Failed:
        try:
            return client.classify(path, within=within, **details)
        except (SkincareError, OSError) as error:
            return Failed(str(error))

    pool = ThreadPoolExecutor(at_once)
    try:
        work: dict[Future[Prediction | Failed], Path] = {
            pool.submit(classified, path): path for path in paths
        }
        for done in as_completed(work):
            yield Outcome(work[done], done.result())
    finally:  # also for who stops in the middle: what has not begun does not begin
        pool.shutdown(cancel_futures=True)
