"""Which network serves, under which prior: artefacts on disk and their rows in the database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from classifier.models import ModelVersion
from classifier.networks import priors
from ml.artifact import (
    ARTIFACTS,
    CARD,
    Artifact,
    ArtifactError,
    active_name,
    read_artifact,
    replacing,
)


def artifact_name() -> str:
    """The artefact that a fresh installation serves."""
    return settings.ARTIFACT or active_name()


def named_artifact() -> Artifact:
    """What the settings name. Raises `ArtifactError`."""
    return read_artifact(artifact_name())


def class_prior() -> str:
    """The prior that this installation's percentages assume, canonical. Raises `PriorError`."""
    return priors.canonical(settings.CLASS_PRIOR)


def take_over(name: str) -> ModelVersion:
    """Check an artefact, keep a copy of it where all processes find it, and register it.

    `name`: as for `read_artifact`. Raises `ArtifactError`; then nothing has changed.
    """
    artifact = read_artifact(name)
    artifact.verify()
    same_name = ModelVersion.objects.filter(name=artifact.name, version=artifact.version)
    if same_name.exclude(sha256=artifact.sha256).exists():
        raise ArtifactError(
            f"Another network is already called {artifact.name} {artifact.version}: "
            "predictions could not say which of the two made them."
        )
    target = settings.NETWORKS_DIR / artifact.sha256
    if artifact.folder.resolve() != target.resolve():
        with replacing(target) as part:
            shutil.copytree(artifact.folder, part, dirs_exist_ok=True)
            read_artifact(str(part)).verify()
    return register(read_artifact(str(target)))


@transaction.atomic
def register(artifact: Artifact) -> ModelVersion:
    """The artefact's row, made if need be, with the card as it is now."""
    version, is_new = ModelVersion.objects.select_for_update().get_or_create(
        sha256=artifact.sha256,
        defaults={"name": artifact.name, "version": artifact.version, "card": artifact.card},
    )
    if not is_new and version.card != artifact.card:
        version.card, version.taken_over_at = artifact.card, timezone.now()
        version.save(update_fields=["card", "taken_over_at"])
    return version


@transaction.atomic
def activate(version: ModelVersion) -> None:
    """From now on predictions are made with it; workers follow within seconds."""
    _lock()
    ModelVersion.objects.filter(active=True).exclude(pk=version.pk).update(active=False)
    ModelVersion.objects.filter(pk=version.pk).update(active=True, shadow=False)
    version.active, version.shadow = True, False


@transaction.atomic
def cast_shadow(version: ModelVersion | None) -> None:
    """From now on it is asked beside the active one; none with None. Not the active one itself."""
    _lock()
    ModelVersion.objects.filter(shadow=True).update(shadow=False)
    if version is not None:
        ModelVersion.objects.filter(pk=version.pk, active=False).update(shadow=True)


def _lock() -> None:
    """Of two who switch at once the second sees what the first did."""
    list(ModelVersion.objects.select_for_update().order_by("pk").values_list("pk", flat=True))


def register_served() -> ModelVersion:
    """Register what the settings name; it serves if it is new here, or if nothing else does.

    Afterwards the choice made in the admin stands, also after a restart. Returns what serves.
    Raises `ArtifactError`.
    """
    artifact = named_artifact()
    is_new = not ModelVersion.objects.filter(sha256=artifact.sha256).exists()
    version = register(artifact)
    active = ModelVersion.objects.filter(active=True).first()
    if active is not None and not is_new:
        return active
    activate(version)
    return version


def active_version() -> ModelVersion:
    """The version that serves. Raises `ArtifactError` where there is none and can be none."""
    return ModelVersion.objects.filter(active=True).first() or register_served()


def artifact_of(version: ModelVersion) -> Artifact:
    """Where a version's files lie on this machine. Raises `ArtifactError` if they do not."""
    found = []
    for name in _places(version):
        with suppress(ArtifactError):
            artifact = read_artifact(name)
            if artifact.sha256 == version.sha256:
                found.append(artifact)
    if not found:
        raise ArtifactError(f"The files of {version} are not on this machine: register it again.")
    # Two copies of one network may differ in what was calibrated and measured since.
    return next((one for one in found if one.card == version.card), found[0])


def _places(version: ModelVersion) -> Iterator[str]:
    yield str(settings.NETWORKS_DIR / version.sha256)
    yield artifact_name()
    yield from sorted(path.parent.name for path in ARTIFACTS.glob(f"*/{CARD}"))
