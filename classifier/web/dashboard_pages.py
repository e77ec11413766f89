"""The dashboard: how the service and its networks do. For staff."""

from __future__ import annotations

import datetime
from contextlib import suppress
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from classifier import class_guide
from classifier.models import Rerun, Worker
from classifier.staff import field, figures, roles
from classifier.web import charts
from classifier.web.requests import AuthenticatedRequest
from classifier.web.staff import only_for
from ml.labels import LABELS

SPANS = (7, 30, 90)
OUTCOMES = {
    "succeeded": _("Succeeded"),
    figures.REFUSED: _("Not recognised as a lesion"),
    "rejected": _("Rejected"),
    "failed": _("Failed"),
}


@only_for(roles.may_look)
@require_safe
def dashboard(request: AuthenticatedRequest) -> HttpResponse:
    """Always the same number of queries, whatever there is to show."""
    span = _span(request)
    days = figures.days(span)
    context = {
        "span": span,
        "spans": SPANS,
        "waiting": figures.waiting(),
        "times": figures.times(),
        "workers": Worker.objects.select_related("network").order_by("name"),
        "reruns": Rerun.objects.filter(finished_at=None).select_related("version", "owner")[:20],
        "beside": field.beside_the_active(),
        "agreements": [_shown(agreement) for agreement in field.agreements()],
        "names": class_guide.NAMES,
        **_daily(days),
        **_mixes(days),
    }
    return render(request, "staff/dashboard.html", context)


def _span(request: AuthenticatedRequest) -> int:
    with suppress(ValueError):
        if (span := int(request.GET.get("days", ""))) in SPANS:
            return span
    return 30


def _daily(days: list[figures.Day]) -> dict[str, Any]:
    words = [_short(day.date) for day in days]
    outcomes = [[day.outcomes[outcome] for outcome in OUTCOMES] for day in days]
    totals = [sum(column) for column in zip(*outcomes, strict=True)]
    return {
        "uploads": charts.columns(words, [[day.uploads] for day in days]),
        "uploads_total": sum(day.uploads for day in days),
        "results": charts.columns(words, outcomes),
        "outcomes": list(zip(OUTCOMES.values(), totals, strict=True)),
        "daily": list(zip(words, (day.uploads for day in days), outcomes, strict=True))[::-1],
        "refused_share": _share(totals[1], sum(totals)),
    }


def _mixes(days: list[figures.Day]) -> dict[str, Any]:
    """Weeks, and as the last column the training's photographs."""
    mixes = figures.weekly_mixes(days)
    words = [_short(mix.begin) for mix in mixes] + [str(_("Training"))]
    shares = [mix.shares for mix in mixes] + [figures.training_mix()]
    return {
        "mix": charts.columns(words, shares),
        "mix_words": words,
        "mix_rows": [
            (class_guide.NAMES[label], [column[i] for column in shares])
            for i, label in enumerate(LABELS)
        ],
        "drift": figures.drift(days),
    }


def _shown(agreement: field.Agreement) -> dict[str, Any]:
    rows = zip(LABELS, agreement.confusion, strict=True)
    return {
        "agreement": agreement,
        "rows": [
            (class_guide.NAMES[label], label, counts, agreement.recalls.get(label))
            for label, counts in rows
        ],
        "reliability": charts.reliability(agreement.bins),
    }


def _short(date: datetime.date) -> str:
    """As short as a phone's plots need it."""
    return date_format(date, pgettext("day and month, as short as can be", "j M"))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
