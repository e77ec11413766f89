"""`python -m bench.image_quality --data DIR`: which photographs get which quality warning.

HAM10000's own, of the training folds alone (the limits were chosen on them), and copies of every
tenth that are blurred, darkened or brightened on purpose.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from bench.report import report
from ml.ham10000 import image_paths, read_records
from ml.photographs import open_photograph
from ml.quality import SENTENCES, Quality, found, measure, warnings
from ml.split import split_by_lesion

QUANTILES = (0.0, 0.005, 0.01, 0.02, 0.98, 0.99, 0.995, 1.0)
Copy = Callable[[Image.Image], Image.Image]


def blurred(radius: float) -> Copy:
    """By a Gaussian of that radius (pixels) at 400 × 300."""
    return lambda photograph: photograph.resize((400, 300)).filter(ImageFilter.GaussianBlur(radius))


def exposed(factor: float) -> Copy:
    """All grey levels times `factor`, clipped at white."""
    return lambda photograph: photograph.point(lambda level: min(255, round(level * factor)))


COPIES: dict[str, Copy] = {
    "blurred, radius 2": blurred(2),
    "blurred, radius 4": blurred(4),
    "blurred, radius 6": blurred(6),
    "exposed × 0.25": exposed(0.25),
    "exposed × 0.4": exposed(0.4),
    "exposed × 0.6": exposed(0.6),
    "exposed × 1.5": exposed(1.5),
    "exposed × 2": exposed(2),
    "exposed × 2.5": exposed(2.5),
}


def training_photographs(data: Path) -> list[Path]:
    records, paths = read_records(data), image_paths(data)
    part = split_by_lesion(records)
    held_out = ("test", "fold0")
    return [paths[r.image_id] for r in records if part[r.image_id] not in held_out]


def warned(lists: Sequence[list[str]]) -> str:
    shares = {code: np.mean([code in codes for codes in lists]) for code in SENTENCES}
    return ", ".join(f"{code} {share:.1%}" for code, share in shares.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    paths = training_photographs(parser.parse_args().data)
    figures: dict[str, str] = {}
    photographs = [open_photograph(path) for path in paths[::10]]

    started = time.perf_counter()
    for photograph in photographs:
        warnings(photograph)
    milliseconds = 1000 * (time.perf_counter() - started) / len(photographs)
    figures["time for one photograph"] = f"{milliseconds:.1f} ms"

    every = [measure(open_photograph(path)) for path in paths]
    figures[f"as they are ({len(paths)})"] = warned([found(quality) for quality in every])
    for name, values in zip(Quality._fields, zip(*every, strict=True), strict=True):
        ends = np.quantile(values, QUANTILES)
        figures[f"{name}, quantiles {QUANTILES}"] = " ".join(f"{end:.3g}" for end in ends)
    for name, copy in COPIES.items():
        copies = [warnings(copy(photograph)) for photograph in photographs]
        figures[f"{name} ({len(copies)})"] = warned(copies)
    report("image_quality", figures)


if __name__ == "__main__":
    main()
