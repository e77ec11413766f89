"""What the dashboard and the alert rules ask of Prometheus."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from tests.installation import ROOT

RULES: dict[str, Any] = yaml.safe_load(
    (ROOT / "deploy/prometheus/skincare.rules.yml").read_text(encoding="utf-8")
)
ALERTS: list[dict[str, Any]] = [rule for group in RULES["groups"] for rule in group["rules"]]
DASHBOARD: dict[str, Any] = json.loads(
    (ROOT / "deploy/grafana/skincare.json").read_text(encoding="utf-8")
)
PANELS: list[dict[str, Any]] = [one for one in DASHBOARD["panels"] if one["type"] != "row"]


def asked() -> set[str]:
    """Every name of ours that occurs in a question."""
    questions = [alert["expr"] for alert in ALERTS]
    questions += [target["expr"] for panel in PANELS for target in panel["targets"]]
    return {name for question in questions for name in re.findall(r"\bskincare_\w+", question)}


def exposed(text: str) -> set[str]:
    """Every name that has at least one sample."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {re.split(r"[ {]", line, maxsplit=1)[0] for line in lines}
