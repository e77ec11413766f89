from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import pytest

from ml import packaged_photographs
from ml.far_images import CHOOSING, REPORTING, far_images
from ml.packaged_photographs import SIZE

KINDS = [*CHOOSING, *REPORTING]


def test_what_is_reported_was_not_chosen_by() -> None:
    assert CHOOSING
    assert REPORTING
    assert set(CHOOSING).isdisjoint(REPORTING)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_the_same_each_time_and_no_two_images_are(kind: str) -> None:
    first, again, others = far_images(kind), far_images(kind, 3), far_images(kind, seed=1)
    assert [image.tobytes() for image in first[:3]] == [image.tobytes() for image in again]
    assert len({image.tobytes() for image in first + others}) == 16
    assert {(image.mode, image.size) for image in first} == {("RGB", SIZE)}


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError, match="lesion"):
        far_images("lesion")


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(package: str) -> None:
        raise PackageNotFoundError(package)

    monkeypatch.setattr(packaged_photographs, "distribution", absent)
    with pytest.raises(ModuleNotFoundError, match=r"brick\.png ships with scikit-image"):
        packaged_photographs.photograph(packaged_photographs.TEXTURES[0])
