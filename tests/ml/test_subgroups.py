from __future__ import annotations

from pathlib import Path

import pytest

from ml.ham10000 import METADATA, DataError, Record
from ml.subgroups import age_band, read_subgroups


@pytest.mark.parametrize(
    ("age", "band"),
    [
        ("0.0", "0–29"),
        ("29.0", "0–29"),
        ("30.0", "30–44"),
        ("45.0", "45–59"),
        ("74.9", "60–74"),
        ("75.0", "75 and over"),
        ("85", "75 and over"),
        ("", ""),
        ("unknown", ""),
    ],
)
def test_ages_are_banded(age: str, band: str) -> None:
    assert age_band(age) == band


def test_each_record_has_its_groups_in_the_order_asked_for(tmp_path: Path) -> None:
    (tmp_path / METADATA).write_text(
        "lesion_id,image_id,dx_type,age,sex,localization\n"
        "HAM_1,ISIC_1,histo,80.0,male,scalp\n"
        "HAM_2,ISIC_2,follow_up,,unknown,back\n"
        "HAM_1,ISIC_3,histo,80.0,male,scalp\n"
    )
    records = [Record("ISIC_2", "HAM_2", "nv"), Record("ISIC_1", "HAM_1", "bkl")]
    assert read_subgroups(tmp_path, records) == {
        "sex": ["unknown", "male"],
        "age": ["unknown", "75 and over"],
        "body site": ["back", "scalp"],
        "diagnosis confirmed by": ["follow_up", "histo"],
        "photographs of its lesion": ["one", "several"],
    }


def test_an_image_that_the_metadata_does_not_list_is_named(tmp_path: Path) -> None:
    (tmp_path / METADATA).write_text("lesion_id,image_id,dx_type,age,sex,localization\n")
    with pytest.raises(DataError, match="does not list ISIC_7: the split is of other data"):
        read_subgroups(tmp_path, [Record("ISIC_7", "HAM_7", "nv")])


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    (tmp_path / METADATA).write_text("lesion_id,image_id,dx_type,age,sex\n")
    with pytest.raises(DataError, match="lacks the columns localization"):
        read_subgroups(tmp_path, [])
