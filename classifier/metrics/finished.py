"""What became of predictions, for whoever operates the service: counted and logged by id alone."""

from __future__ import annotations

import logging

from django.utils import timezone

from classifier.correlation import about
from classifier.metrics import measures
from classifier.models import Prediction

logger = logging.getLogger(__name__)


def note(prediction: Prediction, outcome: str, label: str = "") -> None:
    """Once it is stored for good. `label`: the class, of what succeeded."""
    measures.RESULTS.add(outcome, label)
    seconds = (timezone.now() - prediction.created_at).total_seconds()
    if prediction.requested_version_id is None:
        measures.STAGES.observe(seconds, "total")
    logger.info("Finished: %s.", outcome, extra=about(prediction, seconds=round(seconds, 3)))
