"""A second network asked about the same photographs, for comparison: staff see what it says.

Only while nothing is queued, one photograph at a time, and only of the last day: an upload waits
for a single call of the network at most, and whatever was missed is let go.
"""

from __future__ import annotations

import datetime
import logging
import time
from contextlib import suppress
from typing import Final

import numpy as np
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from classifier.correlation import about
from classifier.models import Prediction, ShadowResult, Status
from classifier.networks import registry
from classifier.worker.batch import Readable, decode
from classifier.worker.loaded import Network, networks
from ml.labels import LABELS, by_label

logger = logging.getLogger(__name__)

REACH: Final = datetime.timedelta(days=1)
AT_ONCE: Final = 50


def compare(*, seconds: float) -> bool:
    """Ask for about that long, or until something is queued; whether more may be left."""
    shadow = networks.shadow
    if shadow is None:
        return False
    deadline = time.monotonic() + seconds
    unasked = list(_unasked(shadow)[:AT_ONCE])
    for prediction in unasked:
        if Prediction.objects.queued().exists() or time.monotonic() >= deadline:
            break
        _ask(shadow, prediction)
    return bool(unasked)


def _unasked(shadow: Network) -> QuerySet[Prediction]:
    """What the active version has said of late, newest first."""
    since = timezone.now() - REACH
    recent = Prediction.objects.filter(
        status=Status.SUCCEEDED, model_version=networks.active().version, created_at__gte=since
    )
    asked = ShadowResult.objects.filter(model_version=shadow.version, created_at__gte=since)
    unasked = recent.exclude(pk__in=asked.values("prediction")).select_related("image")
    return unasked.defer("class_maps").order_by("-created_at", "-id")


def _ask(shadow: Network, prediction: Prediction) -> None:
    """One that fails is noted, too, without a result: it is not asked again."""
    result = ShadowResult(
        prediction=prediction, model_version=shadow.version, probabilities={}, prior=""
    )
    readable = decode(prediction, shadow.input_size)
    if isinstance(readable, Readable):
        try:
            said = shadow.predictor.predict(np.stack([readable.pixels]))
        except Exception:  # it must not keep the worker from its work
            logger.exception("%s: the shadow failed.", prediction, extra=about(prediction))
        else:
            result.prior = registry.class_prior()
            result.probabilities = by_label(said.probabilities[0])
            result.label = max(LABELS, key=result.probabilities.__getitem__)
            if said.in_distribution is not None:
                result.in_distribution = float(said.in_distribution[0])
    # The photograph may be deleted by now, or asked about by another worker.
    with suppress(IntegrityError), transaction.atomic():
        result.save(force_insert=True)
