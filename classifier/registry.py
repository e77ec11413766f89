"""Which network serves, under which prior: the artefact on disk and its row in the database."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from classifier import priors
from classifier.models import ModelVersion
from ml.artifact import Artifact, active_name, read_artifact


def artifact_name() -> str:
    """The artefact that this installation serves."""
    return settings.ARTIFACT or active_name()


def class_prior() -> str:
    """The prior that this installation's percentages assume, canonical. Raises `PriorError`."""
    return priors.canonical(settings.CLASS_PRIOR)


@transaction.atomic
def register(artifact: Artifact) -> ModelVersion:
    """The artefact's row, made if need be, and now the active one."""
    version, _ = ModelVersion.objects.get_or_create(
        sha256=artifact.sha256,
        defaults={"name": artifact.name, "version": artifact.version},
    )
    ModelVersion.objects.filter(active=True).exclude(pk=version.pk).update(active=False)
    version.card = artifact.card
    version.active = True
    version.save(update_fields=["card", "active"])
    return version


def register_served() -> ModelVersion:
    """Register what this installation serves. Raises `ArtifactError`."""
    return register(read_artifact(artifact_name()))
