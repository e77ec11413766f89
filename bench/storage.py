"""`python -m bench.storage [SIZE…] [--data DIR]`: bytes that a photograph takes, and where.

The rows are those of `bench.history`, here with class maps; the files are made of photographs of
HAM10000 under DIR, or of drawn ones. Bytes do not depend on what else runs.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import statistics
from pathlib import Path

from bench.lists import on
from bench.report import report
from bench.stacks import STACKS
from tests.images import drawn_lesion, encoded

SIZES = 10_000, 100_000
PHOTOGRAPHS = 200
BLOCK = 4096
TABLES = ("classifier_lesionimage", "classifier_prediction")
OF_TABLE = "SELECT pg_table_size(%s::regclass)"
OF_INDEXES = """SELECT indexrelname, pg_relation_size(indexrelid) FROM pg_stat_user_indexes
    WHERE relname = %s ORDER BY 2 DESC"""


def measure(sizes: list[int]) -> dict[str, str]:
    """In this process, whose environment names the database."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    figures: dict[str, str] = {}
    for size in sizes:
        _grow_with_maps(size)
        if connection.vendor == "postgresql":
            figures |= {f"{size:>9,}: {what}": said for what, said in _postgresql(size)}
        else:
            file = Path(connection.settings_dict["NAME"])
            figures[f"{size:>9,}: all of it, a photograph"] = f"{file.stat().st_size / size:.0f} B"
    return figures


def _grow_with_maps(size: int) -> None:
    """The first copies get maps of noise, as large as maps get; the others are copied of them."""
    import numpy as np

    from bench.history import ORIGINALS, grow
    from classifier import heatmap
    from classifier.models import Prediction

    grow(ORIGINALS)
    chance = np.random.default_rng(0)
    succeeded = Prediction.objects.filter(status="succeeded")
    for prediction in succeeded.filter(class_maps=None)[:ORIGINALS]:
        prediction.class_maps = heatmap.pack(chance.normal(0, 3, (7, 7, 7)))
        prediction.request_id = f"{chance.integers(2**63):032x}"
        prediction.save(update_fields=["class_maps", "request_id"])
    grow(size)


def _postgresql(size: int) -> list[tuple[str, str]]:
    from django.db import connection

    said: list[tuple[str, str]] = []
    with connection.cursor() as cursor:
        total = 0
        for table in TABLES:
            cursor.execute(OF_TABLE, [table])
            rows = cursor.fetchone()[0]
            cursor.execute(OF_INDEXES, [table])
            indexes = cursor.fetchall()
            total += rows + sum(bytes_ for _, bytes_ in indexes)
            name = table.removeprefix("classifier_")
            said.append((f"{name}, a row", f"{rows / size:.0f} B"))
            largest = ", ".join(f"{index} {b / size:.0f}" for index, b in indexes[:12])
            sums = sum(b for _, b in indexes) / size
            said.append((f"{name}, its indexes", f"{sums:.0f} B ({largest})"))
        said.append(("all of it, a photograph", f"{total / size:.0f} B"))
    return said


def files(data: Path | None) -> dict[str, str]:
    """What is stored of photographs as they are handed in."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from classifier.imaging import normalise

    given = _given(data)
    made = [normalise(io.BytesIO(content)) for content in given]
    parts = {
        "as handed in": [len(content) for content in given],
        "photograph": [len(one.jpeg) for one in made],
        "thumbnail": [len(one.thumbnail) for one in made],
        "both, in blocks of 4096": [_blocks(one.jpeg) + _blocks(one.thumbnail) for one in made],
    }
    kind = "HAM10000" if data else "drawn"
    return {
        f"files ({len(given)}, {kind}): {name}": f"mean {statistics.mean(sizes) / 1000:.1f} kB"
        for name, sizes in parts.items()
    }


def _given(data: Path | None) -> list[bytes]:
    if data is None:
        return [encoded(drawn_lesion(seed), quality=90) for seed in range(PHOTOGRAPHS)]
    found = sorted(data.glob("*/*.jpg"))
    return [path.read_bytes() for path in random.Random(0).sample(found, PHOTOGRAPHS)]  # noqa: S311


def _blocks(content: bytes) -> int:
    return -(-len(content) // BLOCK) * BLOCK


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES))
    parser.add_argument("--data", type=Path, help="HAM10000's folder")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.sizes)))
        return
    figures = files(options.data)
    for stack in STACKS:
        measured = on("storage", stack, options.sizes)
        figures |= {f"{stack}: {what}": figure for what, figure in measured.items()}
    report("storage", figures)


if __name__ == "__main__":
    main()
