"""What is stored of whom, for how long, who sees it: by the settings in force."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from classifier import idempotency
from classifier.delivery import webhooks
from classifier.downloads import archives


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    context = {
        "contact": settings.PRIVACY_CONTACT,
        "retention_days": settings.RETENTION_DAYS,
        "session_days": settings.SESSION_COOKIE_AGE // 86_400,
        "zip_hours": _hours(archives.LIFETIME),
        "key_hours": _hours(idempotency.LIFETIME),
        "delivery_days": webhooks.KEPT.days,
        "mail_days": settings.PASSWORD_RESET_TIMEOUT // 86_400,
    }
    return render(request, "classifier/privacy.html", context)


def _hours(time: datetime.timedelta) -> int:
    return int(time.total_seconds() // 3600)
