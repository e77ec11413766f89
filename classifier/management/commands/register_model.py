"""`manage.py register_model DIR`: make a trained network known to the service."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from classifier.networks import registry
from ml.artifact import ArtifactError


class Command(BaseCommand):
    help = "Check an artefact, keep a copy in the data folder, and list it as a network version"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("artifact", metavar="DIR", help="a folder, or a name in ml/artifacts/")
        parser.add_argument("--activate", action="store_true", help="and let it serve")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(options["artifact"])
        name = str(folder.resolve()) if folder.is_dir() else options["artifact"]
        try:
            version = registry.take_over(name)
        except (ArtifactError, OSError) as error:
            raise CommandError(str(error)) from error
        if options["activate"]:
            registry.activate(version)
        serves = "serves" if version.active else "is registered"
        self.stdout.write(f"{version} {serves} (sha256 {version.sha256[:12]}).")
