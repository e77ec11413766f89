"""`manage.py check` names what is missing before a user finds out."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Misgiving

from classifier.networks import registry
from ml.artifact import ArtifactError, read_artifact
from ml.posterior import PriorError


@register()
def check_artifact(**_: Any) -> list[CheckMessage]:
    try:
        read_artifact(registry.artifact_name()).verify()
    except (ArtifactError, OSError) as error:
        return [Error(str(error), hint="Set ARTIFACT, or train one.", id="classifier.E001")]
    return []


@register()
def check_media(**_: Any) -> list[CheckMessage]:
    if "OPTIONS" in settings.STORAGES["default"]:  # a bucket: `skincare.checks` asks it
        return []
    folder = settings.MEDIA_ROOT
    while not folder.exists():
        folder = folder.parent
    if not os.access(folder, os.W_OK):
        return [Error(f"{folder} is not writable: uploads need it.", id="classifier.E002")]
    return []


@register()
def check_retention(**_: Any) -> list[CheckMessage]:
    if settings.RETENTION_DAYS < 0:
        words = "RETENTION_DAYS is a number of days; 0 keeps all until it is deleted."
        return [Error(words, id="classifier.E010")]
    return []


@register()
def check_class_prior(**_: Any) -> list[CheckMessage]:
    try:
        registry.class_prior()
    except PriorError as error:
        return [Error(f"CLASS_PRIOR: {error}", id="classifier.E003")]
    return []


@register(Tags.security, deploy=True)
def check_proxies(**_: Any) -> list[CheckMessage]:
    if settings.HTTPS and not settings.TRUSTED_PROXIES:
        said = "HTTPS is set, TRUSTED_PROXIES is not: all users seem to share the proxy's address."
        hint = "Set TRUSTED_PROXIES to the number of proxies in front, usually 1."
        return [Misgiving(said, hint=hint, id="classifier.W004")]
    return []
