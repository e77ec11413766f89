"""The probabilities of a lesion over time, as lines for an SVG."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from classifier.class_guide import GUIDE
from classifier.lesions import Visit
from ml.labels import LABELS

WIDTH: Final = 640
HEIGHT: Final = 260
LEFT, RIGHT, TOP, BOTTOM = 48, 16, 12, 32  # margins for the axes' words
MOST: Final = 3
"""Classes beside the sum: more lines could not be told apart."""


@dataclass(frozen=True)
class Point:
    x: float
    y: float
    day: datetime.date
    share: float


@dataclass(frozen=True)
class Series:
    name: str
    points: list[Point]

    @property
    def line(self) -> str:
        return " ".join(f"{point.x:.1f},{point.y:.1f}" for point in self.points)


@dataclass(frozen=True)
class Plot:
    series: list[Series]
    levels: list[tuple[int, int, float]]
    """(y of the line, y of its words, share) of the horizontal lines."""

    @property
    def last_day(self) -> datetime.date:
        return self.series[0].points[-1].day


def plot(visits: Sequence[Visit]) -> Plot | None:
    """None where there are fewer than two results to join by a line."""
    shown = [visit for visit in visits if visit.is_recognised]
    if len(shown) < 2:
        return None
    series = [_series(_("Malignant or pre-malignant"), shown, _malignancy)]
    series += [
        _series(str(GUIDE[label].name), shown, _of_class(label)) for label in _main_classes(shown)
    ]
    return Plot(
        series=series,
        levels=[
            (round(_y(share)), round(_y(share)) + 4, share) for share in (0.0, 0.25, 0.5, 0.75, 1.0)
        ],
    )


def _main_classes(visits: Sequence[Visit]) -> list[str]:
    """Those that were most probable at any time."""
    peaks = {label: max(_of_class(label)(visit) for visit in visits) for label in LABELS}
    return sorted(LABELS, key=lambda label: -peaks[label])[:MOST]


def _series(name: str, visits: Sequence[Visit], share_of: Callable[[Visit], float]) -> Series:
    first, last = visits[0].day, visits[-1].day
    span = (last - first).days
    points = []
    for i, visit in enumerate(visits):
        # Of one day alone all photographs are as far apart as their order says.
        along = (visit.day - first).days / span if span else i / (len(visits) - 1)
        share = share_of(visit)
        x = LEFT + along * (WIDTH - LEFT - RIGHT)
        points.append(Point(x, _y(share), visit.day, share))
    return Series(name, points)


def _y(share: float) -> float:
    return TOP + (1 - share) * (HEIGHT - TOP - BOTTOM)


def _malignancy(visit: Visit) -> float:
    return visit.prediction.malignancy or 0.0


def _of_class(label: str) -> Callable[[Visit], float]:
    return lambda visit: float((visit.prediction.probabilities or {}).get(label, 0.0))
