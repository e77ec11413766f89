"""The admin, a room a concern. File names are the owner's alone: not shown anywhere here."""

from __future__ import annotations

from django.contrib import admin
from rest_framework.authtoken.models import TokenProxy

from classifier.admin import (  # noqa: F401  (each registers its pages)
    audit_log,
    capacity,
    diagnoses,
    photographs,
    predictions,
    users,
    versions,
    webhooks,
)

# It would show every user's API token.
admin.site.unregister(TokenProxy)
admin.site.site_header = admin.site.site_title = "Skincare administration"
admin.site.index_title = "Everything that the service holds"
