"""Prints figures as a table, and writes them as JSON under the data folder."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import psutil


def report(name: str, figures: dict[str, str]) -> None:
    width = max(map(len, figures))
    print(
        f"{name} ({platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()})"
    )
    for what, figure in figures.items():
        print(f"  {what:<{width}}  {figure}")
    folder = Path(os.environ.get("SKINCARE_DATA_DIR", "var")) / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def percentiles(seconds: Sequence[float]) -> str:
    """The median and the 95th percentile, in milliseconds."""
    half, most = np.quantile(seconds, (0.5, 0.95)) * 1000
    return f"p50 {half:.0f} ms, p95 {most:.0f} ms"


def refuse_beside_a_training() -> None:
    """Figures taken beside a training would be wrong."""
    for process in psutil.process_iter(["cmdline"]):
        if "train" in (process.info["cmdline"] or []):
            raise SystemExit("A training is running: figures taken beside it would be wrong.")
