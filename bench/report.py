"""Prints figures as a table, and writes them as JSON under the data folder."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path


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
