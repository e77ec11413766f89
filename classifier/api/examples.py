"""What the API's description shows: one person's photograph, from hand to answer."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample

ROOT: Final = "https://lesions.example.org/api/v1"
ID: Final = "3f0c1b8e-5a3b-4f0e-9a53-0c8b6a1d2e4f"
IMAGE_ID: Final = "b1d7c2aa-6f0d-4b61-8a4e-1f6f3f1c9d20"
LESION_ID: Final = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
UPLOADED: Final = "2026-05-17T10:15:02.104211Z"
FINISHED: Final = "2026-05-17T10:15:02.381940Z"
PROBABILITIES: Final = {
    "akiec": 0.01, "bcc": 0.02, "bkl": 0.05, "df": 0.01, "mel": 0.09, "nv": 0.81, "vasc": 0.01,
}  # fmt: skip
EVEN: Final = dict.fromkeys(PROBABILITIES, 1 / 7)

IMAGE: Final[dict[str, Any]] = {
    "id": IMAGE_ID,
    "url": f"{ROOT}/predictions/{ID}/image/",
    "thumbnail_url": f"{ROOT}/predictions/{ID}/thumbnail/",
    "width": 600,
    "height": 450,
    "original_name": "heel.jpg",
    "note": "Itches at night.",
    "body_site": "foot",
    "taken_on": "2026-05-16",
    "lesion": LESION_ID,
}
ROW: Final[dict[str, Any]] = {
    "id": ID,
    "status": "succeeded",
    "created_at": UPLOADED,
    "started_at": "2026-05-17T10:15:02.160032Z",
    "finished_at": FINISHED,
    "label": "nv",
    "probability": 0.81,
    "probabilities": PROBABILITIES,
    "malignancy": 0.12,
    "in_distribution": True,
    "warnings": [],
    "model": {"name": "resnet-mobilenet", "version": "1"},
    "image": IMAGE,
    "heatmap_url": f"{ROOT}/predictions/{ID}/heatmap/",
    "queue_position": None,
    "estimated_wait_seconds": None,
    "error": None,
}
THRESHOLD: Final[dict[str, Any]] = {
    "target": "mel",
    "aim": 0.95,
    "threshold": 0.08,
    "score": 0.09,
    "reached": True,
    "sensitivity": 0.937,
    "specificity": 0.594,
    "measured_on": "held-out",
    "message": "Above the melanoma threshold: at this threshold 94 % of the held-out melanomas "
    "were above it, and 59 % of the others below.",
}
PREDICTION: Final[dict[str, Any]] = {
    **ROW,
    "prior": {
        "text": "uniform",
        "message": "assuming that all seven classes are equally frequent",
        "shares": EVEN,
    },
    "operating_points": [THRESHOLD],
}
REFUSED: Final = {
    "code": "not_an_image",
    "message": "The file is not a JPEG, PNG or HEIC photograph.",
}
RESULTS: Final[dict[str, Any]] = {
    "results": [
        {"name": "heel.jpg", "status": 202, "prediction": PREDICTION, "error": None},
        {"name": "report.pdf", "status": 400, "prediction": None, "error": REFUSED},
    ]
}
LESION: Final[dict[str, Any]] = {
    "id": LESION_ID,
    "name": "left heel",
    "created_at": UPLOADED,
    "count": 2,
    "latest": "2026-11-20T08:30:00Z",
}
VISIT: Final[dict[str, Any]] = {"day": "2026-05-16", "recognised": True, "prediction": ROW}
DIAGNOSIS: Final[dict[str, Any]] = {
    "id": 7,
    "image": IMAGE_ID,
    "label": "nv",
    "method": "follow_up",
    "diagnosed_by": "dr-huber",
    "created_at": "2026-11-20T09:00:00Z",
}
PHOTOGRAPH: Final[dict[str, Any]] = {
    **IMAGE,
    "created_at": UPLOADED,
    "kept_until": None,
    "predictions": [ID],
    "diagnosis": DIAGNOSIS,
}
ACCOUNT: Final[dict[str, Any]] = {
    "username": "alice",
    "email": "alice@example.org",
    "date_joined": "2026-01-10T09:00:00Z",
    "is_staff": False,
    "quota": {
        "unfinished": {"used": 0, "limit": 1000, "resets_at": None},
        "uploads_an_hour": {"used": 3, "limit": 10_000, "resets_at": "2026-05-17T11:15:02Z"},
        "stored_images": {"used": 128, "limit": 100_000, "resets_at": None},
    },
    "retention": {"days": 90, "counts_from": "2026-01-11T09:00:00Z", "installation_days": None},
}
TOKEN: Final[dict[str, Any]] = {
    "id": 4,
    "name": "laptop",
    "created_at": UPLOADED,
    "last_used_at": None,
}
NEW_TOKEN: Final = {"id": 4, "name": "laptop", "token": "skincare_shown-this-once"}
ARCHIVE: Final[dict[str, Any]] = {
    "id": "0d8b1c60-33d9-4f56-9c1b-7a3c9f6f2d11",
    "done": 128,
    "total": 128,
    "failed": False,
    "created_at": UPLOADED,
    "finished_at": FINISHED,
    "download_url": f"{ROOT}/account/archives/0d8b1c60-33d9-4f56-9c1b-7a3c9f6f2d11/download/",
}
ORDERED: Final = ARCHIVE | {"done": 0, "finished_at": None, "download_url": None}
MODEL: Final[dict[str, Any]] = {
    "name": "resnet-mobilenet",
    "version": "1",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "active": True,
    "created_at": "2026-05-01T06:00:00Z",
    "card": {"trained_on": "HAM10000", "split": "lesion"},
}
WEBHOOK: Final[dict[str, Any]] = {
    "id": "5c1a3a0e-7b57-4c8e-9c6f-2f0f6f9d4a11",
    "name": "archive",
    "url": "https://example.org/skincare",
    "enabled": True,
    "switched_off_because": "",
    "failing_since": None,
    "created_at": UPLOADED,
}
DELIVERY: Final[dict[str, Any]] = {
    "id": "e0a4b7d2-1f5c-4b1e-8f0a-6a1b2c3d4e5f",
    "event": "prediction.finished",
    "prediction": ID,
    "status": "delivered",
    "attempts": 1,
    "created_at": FINISHED,
    "tried_at": "2026-05-17T10:15:03Z",
    "next_attempt_at": None,
    "status_code": 204,
    "seconds": 0.08,
    "error": "",
}
TEST_DELIVERY: Final = DELIVERY | {
    "event": "test",
    "prediction": None,
    "status": "pending",
    "attempts": 0,
    "tried_at": None,
    "next_attempt_at": FINISHED,
    "status_code": None,
    "seconds": None,
}
LABEL: Final = {"label": "mel", "name": "Melanoma", "malignant": True}


def answered(name: str, value: Any, status: int = 200) -> OpenApiExample:
    return OpenApiExample(name, value, response_only=True, status_codes=[status])


def asked(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value, request_only=True)
