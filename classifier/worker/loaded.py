"""The networks that this worker holds in memory: the active one, its shadow, and a guest.

The heartbeat's thread loads what has become active and puts it in place; whoever has a batch goes
on with the network that the batch began with. So a switch delays nobody.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from classifier.models import ModelVersion
from classifier.networks import registry
from ml.artifact import Artifact
from ml.predictions import Predictions
from ml.preprocessing import Pixels

logger = logging.getLogger(__name__)

TRY_AGAIN_SECONDS = 60.0
"""After a network that could not be loaded while another one serves."""


class Predicts(Protocol):
    """What the engine asks of `settings.PREDICTOR`; `ml.predictor.Predictor` is the real one.

    It is created with the artefact's name and `prior=`, the class prior that its answers assume.
    """

    artifact: Artifact

    def predict(self, pixels: Pixels) -> Predictions: ...


@dataclass(frozen=True, eq=False)
class Network:
    """One version, loaded."""

    version: ModelVersion
    predictor: Predicts

    @property
    def input_size(self) -> int:
        return self.predictor.artifact.input_size

    def is_of(self, version: ModelVersion) -> bool:
        """Of that version, and as it was last taken over."""
        held = self.version
        return (held.pk, held.taken_over_at) == (version.pk, version.taken_over_at)


def load(version: ModelVersion) -> Network:
    """Raises `ArtifactError` and `PriorError`."""
    started = time.monotonic()
    create = import_string(settings.PREDICTOR)
    artifact = registry.artifact_of(version)
    predictor: Predicts = create(str(artifact.folder), prior=registry.class_prior())
    logger.info("Loaded network %s in %.1f s.", version, time.monotonic() - started)
    return Network(version, predictor)


@dataclass
class Networks:
    """Loaded once and kept; a network is used by one thread at a time, which the engine sees to."""

    shadow: Network | None = None
    _active: Network | None = None
    _guest: Network | None = None
    _not_before: dict[int, float] = field(default_factory=dict)
    """When a version that could not be loaded is tried again, by the monotonic clock."""

    def active(self) -> Network:
        """What new batches are classified with. Raises `ArtifactError` and `PriorError`."""
        if self._active is None:
            self._active = load(registry.active_version())
        return self._active

    def of(self, version: ModelVersion) -> Network:
        """That very version: for what was asked of it by name. Raises as `active` does."""
        for network in (self._active, self.shadow, self._guest):
            if network is not None and network.is_of(version):
                return network
        self._guest = None  # its memory first
        self._guest = load(version)
        return self._guest

    def follow(self) -> ModelVersion | None:
        """Load what has become active, or its shadow, since; returns what new batches get.

        What cannot be loaded leaves the former at work.
        """
        if self._active is None:  # the thread that classifies loads the first one
            return None
        active = ModelVersion.objects.filter(active=True).first()
        shadow = ModelVersion.objects.filter(shadow=True).first()
        if active is not None:
            self._active = self._current(self._active, active) or self._active
        self.shadow = self._current(self.shadow, shadow) if shadow is not None else None
        return self._active.version

    def _current(self, held: Network | None, version: ModelVersion) -> Network | None:
        """That version; None where it cannot be loaded."""
        if held is not None and held.is_of(version):
            return held
        if time.monotonic() < self._not_before.get(version.pk, 0.0):
            return None
        try:
            return load(version)
        except Exception:  # of any predictor; the worker goes on with what it has
            logger.exception("%s cannot be loaded.", version)
            self._not_before[version.pk] = time.monotonic() + TRY_AGAIN_SECONDS
            return None

    def forget(self) -> None:
        self.shadow = self._active = self._guest = None
        self._not_before.clear()


networks = Networks()
