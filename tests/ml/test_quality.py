from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from ml.quality import SENTENCES, measure, warnings
from tests.images import drawn_lesion, lesion


def in_light(photograph: Image.Image, factor: float) -> Image.Image:
    return photograph.point(lambda level: min(255, round(level * factor)))


@pytest.fixture(params=["spot", "drawn"])
def photograph(request: pytest.FixtureRequest) -> Image.Image:
    return lesion(600, 450) if request.param == "spot" else drawn_lesion()


def test_a_good_photograph_gets_no_warning(photograph: Image.Image) -> None:
    assert warnings(photograph) == []


@pytest.mark.parametrize("radius", [6, 12])
def test_a_blurred_one_is_told(photograph: Image.Image, radius: int) -> None:
    assert warnings(photograph.filter(ImageFilter.GaussianBlur(radius))) == ["blurred"]


@pytest.mark.parametrize("factor", [0.2, 0.4])
def test_a_dark_one_is_told_and_is_as_sharp(photograph: Image.Image, factor: float) -> None:
    assert warnings(in_light(photograph, factor)) == ["too_dark"]


def test_an_overexposed_one_is_told(photograph: Image.Image) -> None:
    assert "too_bright" in warnings(in_light(photograph, 2))


def test_each_warning_has_a_sentence(photograph: Image.Image) -> None:
    black, white = (Image.new("RGB", (600, 450), colour) for colour in ("black", "white"))
    assert {*warnings(black), *warnings(white)} == set(SENTENCES)
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())


def test_a_smooth_lesion_with_a_sharp_rim_is_not_blurred() -> None:
    smooth = Image.new("RGB", (600, 450), (215, 170, 150))
    ImageDraw.Draw(smooth).ellipse((180, 110, 420, 340), fill=(110, 60, 50))
    assert warnings(smooth) == []


def test_a_dark_lesion_that_fills_most_of_the_photograph_is_not_underexposed() -> None:
    large = lesion(600, 450)
    ImageDraw.Draw(large).ellipse((20, 20, 580, 430), fill=(60, 35, 30))
    assert warnings(large) == []


def test_a_few_highlights_are_not_overexposure() -> None:
    wet = lesion(600, 450)
    for left in range(100, 500, 80):
        ImageDraw.Draw(wet).ellipse((left, 60, left + 25, 85), fill="white")
    assert warnings(wet) == []


def test_what_is_measured_does_not_depend_on_the_size() -> None:
    small, large = (measure(drawn_lesion().resize(size)) for size in ((600, 450), (2400, 1800)))
    assert large.light == pytest.approx(small.light, rel=0.02)
    assert large.sharpness == pytest.approx(small.sharpness, rel=0.3)


def test_a_strip_is_measured_too() -> None:
    assert np.isfinite(measure(lesion(64, 6000))).all()
