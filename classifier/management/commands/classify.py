"""`manage.py classify FILE…`: the seven percentages for each file, without web or database."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from classifier.networks import registry
from ml.artifact import ArtifactError


class Command(BaseCommand):
    help = "The seven percentages for each photograph, by the network that the settings name"
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        from ml.predict import print_predictions  # loads the network's runtime

        try:
            status = print_predictions(
                registry.artifact_name(), options["files"], as_json=options["json"]
            )
        except ArtifactError as error:
            raise CommandError(str(error)) from error
        sys.exit(status)
