from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ml.ham10000 import DataError, Record, image_paths, read_records
from ml.images import load_images
from ml.labels import LABELS
from ml.pack import pack
from ml.split import TEST, read_split
from tests.ml.conftest import grey_of, write_ham10000


def test_images_are_loaded_in_the_order_of_the_records(
    ham10000: Path, records: list[Record]
) -> None:
    wanted = records[::-7]
    images = load_images(ham10000, wanted, 32)
    assert images.pixels.shape == (len(wanted), 32, 32, 3)
    assert images.pixels.dtype == np.uint8
    assert [LABELS[label] for label in images.labels] == [record.label for record in wanted]
    greys = [grey_of(record.label) for record in wanted]
    assert np.abs(images.pixels.mean(axis=(1, 2, 3)) - greys).max() < 2


def test_missing_images_are_named_before_any_is_decoded(
    ham10000: Path, records: list[Record]
) -> None:
    with pytest.raises(DataError, match="1 of 2 images are missing: ISIC_nowhere"):
        load_images(ham10000, [records[0], Record("ISIC_nowhere", "HAM_1", "nv")], 32)


def test_an_image_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    folder = write_ham10000(tmp_path)
    records = read_records(folder)
    path = image_paths(folder)[records[3].image_id]
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match=f"{path.name}: The "):
        load_images(folder, records, 64)


@pytest.fixture(scope="module")
def packed(ham10000: Path, split: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("packed") / "photographs.zip"
    pack(ham10000, split, 48, 80, path)
    return path


def test_packed_images_look_as_those_of_the_folder(
    ham10000: Path, split: Path, packed: Path
) -> None:
    records = [one for part, here in read_split(split).items() if part != TEST for one in here]
    small, whole = (load_images(data, records, 32, 40) for data in (packed, ham10000))
    assert np.array_equal(small.labels, whole.labels)
    assert small.pixels.shape == whole.pixels.shape == (len(records), 32, 40, 3)
    assert np.abs(small.pixels.astype(int) - whole.pixels).max() <= 3


def test_held_out_photographs_are_not_packed(split: Path, packed: Path) -> None:
    held_out = read_split(split)[TEST]
    n = len(held_out)
    with pytest.raises(DataError, match=rf"^{n} of {n} images are not in .*photographs\.zip: "):
        load_images(packed, held_out, 32)


@pytest.mark.parametrize("content", [None, b"no zip"])
def test_a_file_that_holds_no_packed_images_is_named(
    content: bytes | None, records: list[Record], tmp_path: Path
) -> None:
    path = tmp_path / "photographs.zip"
    if content:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"photographs\.zip holds no packed images"):
        load_images(path, records, 32)
