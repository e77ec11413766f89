"""What the page of a prediction shows besides the row itself."""

from __future__ import annotations

import math
from typing import Any

from classifier import class_guide, photo_warnings
from classifier.models import Prediction
from classifier.networks.operating_points import MAIN_AIM, hints
from ml.labels import LABELS


def result(prediction: Prediction, heatmap_label: str) -> dict[str, Any]:
    """The template's variables; an unknown class's heatmap is that of the predicted one."""
    card = prediction.model_version.card if prediction.model_version else None
    found = hints(prediction.probabilities, prediction.prior, card)
    label = heatmap_label if heatmap_label in LABELS else prediction.label
    return {
        "hints": [hint for hint in found if math.isclose(hint.point.aim, MAIN_AIM)],
        "further_hints": [hint for hint in found if not math.isclose(hint.point.aim, MAIN_AIM)],
        # The heading says it already where this is no lesion.
        "warnings": photo_warnings.described(
            [code for code in prediction.warnings if code != photo_warnings.NOT_A_LESION]
        ),
        "heatmap_label": label,
        "heatmap_name": class_guide.NAMES.get(label, ""),
    }
