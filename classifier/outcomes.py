"""What becomes of a claimed prediction: a result, or a refusal that says why there is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from classifier.models import ModelVersion, Prediction, Status
from ml.posterior import UNIFORM


@dataclass(frozen=True)
class Result:
    """What the network says of one claimed prediction."""

    prediction: Prediction
    probabilities: dict[str, float]
    prior: str = UNIFORM
    in_distribution: float | None = None
    class_maps: bytes | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        return max(self.probabilities, key=self.probabilities.__getitem__)

    @property
    def became(self) -> tuple[str, str]:
        """What became of it, in one word, and the class."""
        if self.in_distribution is not None and self.in_distribution < 0:
            return "refused", ""
        return "succeeded", self.label

    def columns(self, model_version: ModelVersion) -> dict[str, Any]:
        return {
            "status": Status.SUCCEEDED,
            "model_version": model_version,
            "label": self.label,
            "probability": self.probabilities[self.label],
            "probabilities": self.probabilities,
            "prior": self.prior,
            "in_distribution": self.in_distribution,
            "class_maps": self.class_maps,
            "warnings": self.warnings,
        }


@dataclass(frozen=True)
class Refusal:
    """Why one claimed prediction has no result.

    `REJECTED`: the user's to mend. `FAILED`: our fault; whoever finds it logs the detail. In both
    cases `message` is shown.
    """

    prediction: Prediction
    status: Literal[Status.REJECTED, Status.FAILED]
    code: str
    message: str

    @property
    def became(self) -> tuple[str, str]:
        return self.status.value, ""

    def columns(self, model_version: ModelVersion) -> dict[str, Any]:
        return {
            "status": self.status,
            "error_code": self.code,
            "error_message": self.message,
        }


Outcome: TypeAlias = Result | Refusal
