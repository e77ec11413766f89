"""The admin, a room a concern. File names are the owner's alone: not shown anywhere here."""

from __future__ import annotations

from django.contrib import admin
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from rest_framework.authtoken.models import TokenProxy

from classifier.admin import (  # noqa: F401  (each registers its pages)
    audit_log,
    capacity,
    diagnoses,
    entrance,
    photographs,
    predictions,
    users,
    versions,
    webhooks,
)

# They would show every user's API token, key and recovery codes.
admin.site.unregister([TokenProxy, TOTPDevice, StaticDevice])
admin.site.login = entrance.enter  # type: ignore[method-assign]
admin.site.password_change = entrance.change_password  # type: ignore[method-assign,assignment]
admin.site.site_header = admin.site.site_title = "Skincare administration"
admin.site.index_title = "Everything that the service holds"
