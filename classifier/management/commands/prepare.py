"""`manage.py prepare`: what has to be done before an installation, or a new version, runs."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand

from classifier.networks import registry
from skincare.environment import Environment


class Command(BaseCommand):
    help = "Migrate the database, collect static files, register the network, make the first user"

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        serving = registry.register_served()
        if serving.sha256 != registry.named_artifact().sha256:
            self.stdout.write(f"{serving} serves, as was chosen in the admin.")
        self._make_first_user()

    def _make_first_user(self) -> None:
        """Where there is no user yet: the one that the environment names, or `admin`."""
        users = get_user_model().objects
        if users.exists():
            return
        env = Environment()
        name = env.str("DJANGO_SUPERUSER_USERNAME", "admin")
        email = env.str("DJANGO_SUPERUSER_EMAIL")
        given = env.str("DJANGO_SUPERUSER_PASSWORD")
        password = given or secrets.token_urlsafe(12)
        users.create_superuser(name, email, password)
        if not given:
            self.stdout.write(f"First user: {name}   password: {password}   (shown this once)")
