"""What the API answers, as far as programs read it; the service's OpenAPI schema has all of it."""

from __future__ import annotations

from typing import TypedDict


class Details(TypedDict, total=False):
    """What may be said of a photograph that is uploaded."""

    note: str
    body_site: str
    taken_on: str


class Network(TypedDict):
    name: str
    version: str


class Image(TypedDict):
    url: str
    thumbnail_url: str
    width: int
    height: int
    original_name: str
    note: str
    body_site: str
    taken_on: str | None


class Problem(TypedDict):
    code: str
    message: str


class Prediction(TypedDict):
    """Results are None until `status` is "succeeded"; final are also "rejected" and "failed".

    Where `in_distribution` is False the photograph is unlike those of the training, and its
    probabilities mean nothing.
    """

    id: str
    status: str
    created_at: str
    finished_at: str | None
    label: str | None
    probability: float | None
    probabilities: dict[str, float] | None
    malignancy: float | None
    in_distribution: bool | None
    warnings: list[Problem]
    model: Network | None
    image: Image
    heatmap_url: str | None
    error: Problem | None


FINAL = frozenset({"succeeded", "rejected", "failed"})
