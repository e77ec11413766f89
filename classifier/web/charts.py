"""Stacked columns and a reliability diagram, as geometry for an SVG; the words are the page's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ml.calibration import Bin

WIDTH: Final = 640
HEIGHT: Final = 220
LEFT, RIGHT, TOP, BOTTOM = 48, 8, 12, 28  # margins for the axes' words
SQUARE: Final = 260
MOST_WORDS: Final = 5
"""Below the columns: more would overlap."""


@dataclass(frozen=True)
class Piece:
    """A part of a column."""

    series: int
    y: float
    height: float


@dataclass(frozen=True)
class Column:
    x: float
    width: float
    pieces: list[Piece]
    words: str
    """Below it; empty for most where there are many."""

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True)
class Level:
    """A horizontal line and what it stands for."""

    y: float
    value: float

    @property
    def below(self) -> float:
        """Where its words stand."""
        return self.y + 4


@dataclass(frozen=True)
class Columns:
    columns: list[Column]
    levels: list[Level]
    width: int = WIDTH
    height: int = HEIGHT


def columns(words: Sequence[str], values: Sequence[Sequence[float]]) -> Columns:
    """A column for each of `words`, stacked from its values, one a series."""
    most = max((sum(column) for column in values), default=0) or 1
    if most > 1:  # counts: half of the highest level is a number of photographs, too
        most = 2 * math.ceil(most / 2)
    step = (WIDTH - LEFT - RIGHT) / max(1, len(words))
    every = -(-len(words) // MOST_WORDS)
    drawn = [
        Column(LEFT + i * step, step * 0.8, _pieces(column, most), word if i % every == 0 else "")
        for i, (word, column) in enumerate(zip(words, values, strict=True))
    ]
    return Columns(drawn, [Level(_y(share), share * most) for share in (0.0, 0.5, 1.0)])


def _pieces(column: Sequence[float], most: float) -> list[Piece]:
    pieces, below = [], 0.0
    for series, value in enumerate(column):
        top = _y((below + value) / most)
        if value:
            pieces.append(Piece(series, top, _y(below / most) - top))
        below += value
    return pieces


def _y(share: float) -> float:
    return TOP + (1 - share) * (HEIGHT - TOP - BOTTOM)


@dataclass(frozen=True)
class Dot:
    """A bin: where it lies, the larger the more photographs it stands for."""

    x: float
    y: float
    r: float


@dataclass(frozen=True)
class Reliability:
    """Confidence to the right, accuracy upwards; on the diagonal percentages mean what they say."""

    dots: list[Dot]
    levels: list[Level]
    left: int = LEFT
    right: int = SQUARE - RIGHT
    top: int = TOP
    bottom: int = SQUARE - BOTTOM
    size: int = SQUARE


def reliability(bins: Sequence[Bin]) -> Reliability:
    across, up = SQUARE - LEFT - RIGHT, SQUARE - TOP - BOTTOM
    dots = [
        Dot(LEFT + one.confidence * across, TOP + (1 - one.accuracy) * up, 3 + 9 * one.share**0.5)
        for one in bins
    ]
    levels = [Level(TOP + (1 - share) * up, share) for share in (0.0, 0.5, 1.0)]
    return Reliability(dots, levels)
