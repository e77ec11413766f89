"""Failed logins are counted, not who tried."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_login_failed
from django.dispatch import receiver

from classifier.metrics import measures


@receiver(user_login_failed)
def count(**_: Any) -> None:
    measures.FAILED_LOGINS.add()
