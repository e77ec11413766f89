"""What staff see of a prediction that its owner's page withholds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.test import Client

from classifier import heatmap
from classifier.models import Prediction, Status
from tests.classifier.test_admin import url
from tests.factories import prediction_in


def test_staff_see_everything_that_a_network_said_of_what_is_no_lesion(
    alice: User, staff_browser: Client, media: Path
) -> None:
    refused = prediction_in(
        Status.SUCCEEDED,
        image__owner=alice,
        in_distribution=-0.25,
        warnings=["not_a_lesion"],
        class_maps=heatmap.pack(np.random.default_rng(0).normal(0, 3, (7, 7, 7))),
    )
    page = staff_browser.get(url(Prediction, "change", refused.pk)).content.decode()
    for said in ("-0.25", "not_a_lesion", "uniform", "Melanocytic nevus", "&quot;nv&quot;: 0.9"):
        assert said in page
    picture = f"/api/v1/predictions/{refused.pk}/heatmap/"
    assert f'src="{picture}"' in page
    assert staff_browser.get(picture)["Content-Type"] == "image/png"


@pytest.mark.parametrize(
    ("score", "icon"), [(-0.1, 'alt="False"'), (0.1, 'alt="True"'), (None, 'alt="None"')]
)
def test_the_list_says_what_was_recognised(
    score: float | None, icon: str, staff_browser: Client, media: Path
) -> None:
    prediction_in(Status.SUCCEEDED, in_distribution=score)
    assert icon in staff_browser.get(url(Prediction, "changelist")).content.decode()
