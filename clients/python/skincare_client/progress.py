"""A bar on the terminal; silent where there is none."""

from __future__ import annotations

import sys
from typing import TextIO

WIDTH = 30


class Bar:
    """`total` things to do; each `step` draws the bar anew on one line of `stream`."""

    def __init__(self, total: int, stream: TextIO = sys.stderr) -> None:
        self._done, self._total, self._stream = 0, total, stream
        self._shown = stream.isatty()
        self._draw()

    def step(self) -> None:
        self._done += 1
        self._draw()

    def clear(self) -> None:
        """Before something else is printed."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _draw(self) -> None:
        if self._shown:
            full = WIDTH * self._done // max(self._total, 1)
            bar = "█" * full + "·" * (WIDTH - full)
            self._stream.write(f"\r{bar} {self._done}/{self._total}")
            self._stream.flush()
