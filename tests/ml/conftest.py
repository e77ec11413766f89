from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PIL import Image

from ml.ham10000 import IMAGE_FOLDERS, METADATA, Record, read_records
from ml.labels import LABELS
from ml.predictor import Predictor
from ml.split import split_by_lesion, write_split

# Enough lesions of each class for the test part and all five folds; one class is the commonest.
LESIONS = dict.fromkeys(LABELS, 8) | {"nv": 16}

DX_TYPES = ("histo", "follow_up", "consensus", "confocal")
AGES = ("25.0", "40.0", "65.0", "80.0", "")
SEXES = ("male", "female", "unknown")
SITES = ("back", "lower extremity")


def grey_of(label: str) -> int:
    """In the synthetic data every image is filled with its label's own grey."""
    return 30 * (LABELS.index(label) + 1)


def write_ham10000(folder: Path) -> Path:
    """A folder in Kaggle's layout with tiny images, one to three of each lesion."""
    for name in IMAGE_FOLDERS:
        (folder / name).mkdir(parents=True)
    rows = [
        (f"HAM_{label}_{lesion}", f"ISIC_{label}_{lesion}_{view}", label)
        for label, lesions in LESIONS.items()
        for lesion in range(lesions)
        for view in range(1 + lesion % 3)
    ]
    for number, (_, image_id, label) in enumerate(rows):
        image = Image.new("RGB", (80, 64), (grey_of(label),) * 3)
        # The comment tells an image from the others of its class: no two files are the same.
        image.save(folder / IMAGE_FOLDERS[number % 2] / f"{image_id}.jpg", comment=image_id)
    with (folder / METADATA).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization"))
        writer.writerows(
            (*row, DX_TYPES[number % 4], AGES[number % 5], SEXES[number % 3], SITES[number % 2])
            for number, row in enumerate(rows)
        )
    return folder


@pytest.fixture(scope="session")
def ham10000(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic data folder: not to be changed."""
    return write_ham10000(tmp_path_factory.mktemp("ham10000"))


@pytest.fixture(scope="session")
def records(ham10000: Path) -> list[Record]:
    return read_records(ham10000)


@pytest.fixture(scope="session")
def split(tmp_path_factory: pytest.TempPathFactory, records: list[Record]) -> Path:
    path = tmp_path_factory.mktemp("split") / "lesion.csv"
    write_split(path, records, split_by_lesion(records))
    return path


@pytest.fixture(scope="session")
def predictor() -> Predictor:
    """The repository's reference network, loaded once."""
    return Predictor("alexnet")
