"""A predictor that takes its time, and that some photographs kill or hold up for ever."""

from __future__ import annotations

import os
import signal
import time

from ml.predictions import Predictions
from ml.preprocessing import Pixels
from tests.images import encoded, lesion
from tests.predictor import ColourPredictor

CALL_SECONDS = 0.3
POISON = (20, 240, 20)
STUCK = (240, 240, 20)


def poison() -> bytes:
    """A photograph that kills the worker."""
    return encoded(lesion(colour=POISON))


def stuck() -> bytes:
    """A photograph that the network never has done with."""
    return encoded(lesion(colour=STUCK))


class SlowPredictor(ColourPredictor):
    """As long for many as for one, so that there is something to interrupt."""

    def predict(self, pixels: Pixels) -> Predictions:
        if _has(pixels, POISON):
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(3600 if _has(pixels, STUCK) else CALL_SECONDS)
        return super().predict(pixels)


def _has(pixels: Pixels, colour: tuple[int, int, int]) -> bool:
    """Whether one of the photographs is of that colour in its middle."""
    middle = pixels[:, pixels.shape[1] // 2, pixels.shape[2] // 2].astype(int)
    return bool((abs(middle - colour).max(axis=1) < 30).any())
