"""What a receiver is told: the result, and no more of the photograph than its ids."""

from __future__ import annotations

import json
from typing import Any

from django.urls import reverse

from classifier.delivery.webhook_records import WebhookDelivery
from classifier.models import Prediction


def body(delivery: WebhookDelivery) -> bytes:
    """JSON in UTF-8, the same at every attempt. No file names, notes or pixels."""
    told: dict[str, Any] = {
        "id": str(delivery.pk),
        "event": delivery.event,
        "created_at": delivery.created_at.isoformat(),
    }
    if delivery.prediction is not None:
        told["prediction"] = _prediction(delivery.prediction, delivery.webhook.site)
    return json.dumps(told, ensure_ascii=False).encode()


def _prediction(prediction: Prediction, site: str) -> dict[str, Any]:
    """Names and meanings are the API's own."""
    known = prediction.in_distribution is not None
    version = prediction.model_version
    error = {"code": prediction.error_code, "message": prediction.error_message}
    return {
        "id": str(prediction.pk),
        "image_id": str(prediction.image_id),
        "status": prediction.status,
        "created_at": prediction.created_at.isoformat(),
        "finished_at": prediction.finished_at and prediction.finished_at.isoformat(),
        "label": prediction.label or None,
        "probability": prediction.probability,
        "probabilities": prediction.probabilities,
        "malignancy": prediction.malignancy,
        "prior": prediction.prior or None,
        "in_distribution": not prediction.out_of_distribution if known else None,
        "warnings": prediction.warnings,
        "model": version and {"name": version.name, "version": version.version},
        "error": error if prediction.error_code else None,
        "links": {
            "api": site + reverse("api:prediction-detail", args=[prediction.pk]),
            "page": site + reverse("prediction", args=[prediction.pk]),
        },
    }
