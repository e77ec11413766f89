"""A network with score, maps and thresholds, through the real processes."""

from __future__ import annotations

import io

from PIL import Image

from tests.images import encoded, lesion
from tests.installation import Client, Installation


def test_a_result_comes_with_prior_thresholds_and_heatmap(stand_in: Installation) -> None:
    client = Client(stand_in)
    prediction = client.finished(client.upload(encoded(lesion(600, 450))).json()["id"])
    assert prediction["prior"]["text"] == "ham10000"
    assert (prediction["in_distribution"], prediction["warnings"]) == (True, [])
    assert [point["target"] for point in prediction["operating_points"]] == [
        "mel", "mel", "malignant", "malignant",
    ]  # fmt: skip
    picture = client.session.get(prediction["heatmap_url"], timeout=30)
    with Image.open(io.BytesIO(picture.content)) as image:
        assert (image.format, image.size) == ("PNG", (600, 450))


def test_what_is_no_lesion_is_said_to_be_none(stand_in: Installation) -> None:
    client = Client(stand_in)
    sky = encoded(Image.new("RGB", (600, 450), (90, 140, 235)))
    prediction = client.finished(client.upload(sky).json()["id"])
    assert (prediction["status"], prediction["in_distribution"]) == ("succeeded", False)
    assert prediction["warnings"][-1]["code"] == "not_a_lesion"
