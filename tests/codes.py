"""What an app for one-time codes would show."""

from __future__ import annotations

import base64
import time

from django.contrib.auth.models import User
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from classifier.accounts import second_factor

HALF_MINUTE, LATE = 30, 10  # seconds


def code_of(device: TOTPDevice) -> str:
    clock = TOTP(device.bin_key, device.step, device.t0, device.digits)
    clock.time = time.time()
    return f"{clock.token():06d}"


def code_of_key(shown: str, *, ahead: int = 0) -> str:
    """Of the letters that the page shows; the one of `ahead` half minutes later.

    Not in a half minute's last seconds: a code that arrives late counts as that of a slow clock,
    after which one from `ahead` is refused.
    """
    if (left := HALF_MINUTE - time.time() % HALF_MINUTE) < LATE:
        time.sleep(left)
    clock = TOTP(base64.b32decode(shown.replace(" ", "")))
    clock.time = time.time() + HALF_MINUTE * ahead
    return f"{clock.token():06d}"


def next_code(user: User) -> str:
    """As if half a minute and every pause had passed since the last one."""
    devices = TOTPDevice.objects.filter(user=user)
    devices.update(last_t=-1, throttling_failure_count=0, throttling_failure_timestamp=None)
    return code_of(devices.get())


def with_second_factor(user: User) -> list[str]:
    """Switched on; the recovery codes."""
    second_factor.begin(user)
    TOTPDevice.objects.filter(user=user).update(confirmed=True)
    return second_factor.new_recovery_codes(user)
