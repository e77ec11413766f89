"""Dashboard and alert rules: well made, and asking for what the service shows."""

from __future__ import annotations

import subprocess

import pytest

from classifier.metrics import measures
from classifier.metrics.exposition import exposition
from tests.deployment.monitoring import ALERTS, DASHBOARD, PANELS, asked, exposed
from tests.installation import ROOT


@pytest.mark.django_db
def test_every_measure_that_is_asked_for_is_shown() -> None:
    """The running service is asked in tests/stack/test_logs.py."""
    shown = exposed(exposition().decode())
    of_a_running_one = {"skincare_network_info", "skincare_process_memory_bytes"}
    for name in (measure.name for measure in measures.ALL):
        shown |= {f"{name}{ending}" for ending in ("_total", "_bucket", "_count", "_sum")}
    assert len(asked()) > 20
    assert asked() - shown - of_a_running_one == set()


def test_every_measure_is_asked_for_somewhere() -> None:
    for measure in measures.ALL:
        assert [name for name in asked() if name.startswith(measure.name)], measure.name


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_says_how_bad_it_is_and_what_it_means(alert: dict[str, object]) -> None:
    assert alert["labels"]["severity"] in {"critical", "warning", "info"}  # type: ignore[index]
    assert len(alert["annotations"]["summary"]) > 20  # type: ignore[index]
    assert str(alert["expr"]).count("(") == str(alert["expr"]).count(")")


def test_an_alert_is_named_once_and_there_is_one_for_each_danger() -> None:
    names = [alert["alert"] for alert in ALERTS]
    assert len(names) == len(set(names))
    assert set(names) >= {
        "SkincareNoWorker", "SkincareQueueOld", "SkincareErrors", "SkincareDiskFull",
        "SkincareResultsFail", "SkincareDrift", "SkincareNotRecognised", "SkincareLimits",
    }  # fmt: skip


def test_the_dashboards_panels_do_not_overlap_and_have_a_question_each() -> None:
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert taken.isdisjoint(cells), panel["title"]
        taken |= cells
    for panel in PANELS:
        assert all(target["expr"] for target in panel["targets"])
        assert panel["datasource"]["uid"] == "${datasource}"


def test_prometheus_itself_accepts_the_rules_and_they_fire_when_they_should() -> None:
    folder = ROOT / "deploy/prometheus"
    for command in (
        ["check", "rules", "skincare.rules.yml"],
        ["test", "rules", "skincare.test.yml"],
    ):
        outcome = subprocess.run(
            ["promtool", *command], cwd=folder, capture_output=True, text=True, check=False
        )
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
