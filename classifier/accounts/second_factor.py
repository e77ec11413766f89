"""The second factor: six digits of an app (TOTP), or one of the recovery codes, each good once."""

from __future__ import annotations

import math
from base64 import b32encode
from typing import Final

import segno
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from classifier.accounts import lockout
from classifier.waiting import in_words

RECOVERY_CODES: Final = 10
DIGITS: Final = 6


class CodeRefused(Exception):
    """Says why, in the reader's language."""


def is_on(user: User) -> bool:
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def begin(user: User) -> None:
    """A new key, which counts once a code of it was given."""
    TOTPDevice.objects.filter(user=user, confirmed=False).delete()
    TOTPDevice.objects.create(user=user, name="app", confirmed=False)


def begun(user: User) -> TOTPDevice | None:
    """What `begin` has made and nobody has confirmed."""
    found: TOTPDevice | None = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    return found


def confirm(request: HttpRequest, user: User, code: str) -> list[str]:
    """Switch it on; the recovery codes, which are not shown again. Raises `CodeRefused`."""
    _check(request, user, _plain(code), TOTPDevice, confirmed=False)
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user, confirmed=True).delete()
        TOTPDevice.objects.filter(user=user).update(confirmed=True)
        return new_recovery_codes(user)


def check(request: HttpRequest, user: User, code: str) -> None:
    """The code of somebody whose password was right. Raises `CodeRefused`."""
    code = _plain(code)
    device = TOTPDevice if len(code) == DIGITS else StaticDevice
    _check(request, user, code, device, confirmed=True)


def switch_off(user: User) -> None:
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()


def new_recovery_codes(user: User) -> list[str]:
    """In place of those that there were."""
    with transaction.atomic():
        StaticDevice.objects.filter(user=user).delete()
        device = StaticDevice.objects.create(user=user, name="recovery codes")
        codes = [StaticToken.random_token() for _number in range(RECOVERY_CODES)]
        StaticToken.objects.bulk_create(StaticToken(device=device, token=one) for one in codes)
    return codes


def recovery_codes_left(user: User) -> int:
    return int(StaticToken.objects.filter(device__user=user).count())


def key_in_words(device: TOTPDevice) -> str:
    """For who cannot scan: base32, in groups of four."""
    key = b32encode(device.bin_key).decode()
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))


def qr_code(device: TOTPDevice) -> SafeString:
    """As SVG for a page that permits no inline styles; black on white in every theme."""
    code = segno.make(device.config_url, error="m", micro=False)
    svg = code.svg_inline(scale=5, dark="#000", light="#fff", svgclass="qr", lineclass=None)
    return mark_safe(svg)  # noqa: S308  # drawn here, of squares alone


def _plain(code: str) -> str:
    """As people copy it: 123 456."""
    return code.replace(" ", "").replace("-", "").lower()


def _check(
    request: HttpRequest,
    user: User,
    code: str,
    kind: type[TOTPDevice | StaticDevice],
    *,
    confirmed: bool,
) -> None:
    if lockout.is_locked(request, user):
        raise CodeRefused(_("Too many failed attempts."))
    with transaction.atomic():
        devices = kind.objects.select_for_update().filter(user=user, confirmed=confirmed)
        device = devices.first()
        if device is not None:
            allowed, why = device.verify_is_allowed()
            if not allowed:  # a pause after each wrong one, from wherever it came
                left = (why["locked_until"] - timezone.now()).total_seconds()
                wait = in_words(max(1, math.ceil(left)))
                raise CodeRefused(_("Please wait %(wait)s before the next code.") % {"wait": wait})
            if device.verify_token(code):
                return
    lockout.note_failure(request, user)
    raise CodeRefused(_("This code is wrong, too old, or was used already."))
