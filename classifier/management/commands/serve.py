"""`manage.py serve`: everything that `make run` starts, under one supervisor.

Prepares the database and the static files, makes the first user, then becomes supervisord, which
runs the processes of the Procfile: stopped together, each started again when it dies.
"""

from __future__ import annotations

import configparser
import getpass
import os
import secrets
import socket
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from classifier import registry


class Command(BaseCommand):
    help = "Prepare the installation and run web, worker and beat until Ctrl-C"

    def handle(self, *args: Any, **options: Any) -> None:
        host = os.environ.setdefault("HOST", "127.0.0.1")
        port = os.environ.setdefault("PORT", "4000")
        os.environ["SKINCARE_DATA_DIR"] = str(settings.DATA_DIR)
        _check_port(host, port)
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        registry.register_served()
        self._make_first_user()
        config = settings.DATA_DIR / "supervisord.conf"
        _write_supervisor_config(config, settings.BASE_DIR / "Procfile")
        shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::") else host  # noqa: S104
        self.stdout.write(f"Skincare runs at http://{shown}:{port}/ (Ctrl-C stops it)")
        self.stdout.flush()
        tools = Path(sys.executable).parent
        os.environ["PATH"] = f"{tools}{os.pathsep}{os.environ['PATH']}"
        os.chdir(settings.BASE_DIR)
        os.execv(tools / "supervisord", ["supervisord", "--configuration", str(config)])  # noqa: S606

    def _make_first_user(self) -> None:
        """Where there is no user yet: the one that the environment names, or `admin`."""
        users = get_user_model().objects
        if users.exists():
            return
        name = os.environ.get("DJANGO_SUPERUSER_USERNAME", "admin")
        password = os.environ.get("DJANGO_SUPERUSER_PASSWORD")
        email = os.environ.get("DJANGO_SUPERUSER_EMAIL", "")
        users.create_superuser(name, email, password or (made := secrets.token_urlsafe(12)))
        if not password:
            self.stdout.write(f"First user: {name}   password: {made}   (shown this once)")


def _check_port(host: str, port: str) -> None:
    """Better one sentence now than a web process that cannot start."""
    try:
        with socket.create_server((host, int(port))):
            pass
    except (OSError, ValueError, OverflowError) as error:
        message = f"Cannot listen on {host}:{port} ({error}). Set another PORT: make run PORT=4001"
        raise CommandError(message) from error


def _write_supervisor_config(path: Path, procfile: Path) -> None:
    """supervisord's configuration for the processes that the Procfile names."""
    config = configparser.RawConfigParser()
    config["supervisord"] = {
        "nodaemon": "true",
        "silent": "false",
        "loglevel": "warn",
        "logfile": "/dev/null",
        "logfile_maxbytes": "0",
        "user": getpass.getuser(),
        "pidfile": str(path.with_suffix(".pid")),
    }
    for line in procfile.read_text(encoding="utf-8").splitlines():
        name, _, command = line.partition(": ")
        quoted = command.replace("%", "%%").replace("'", "'\\''")
        config[f"program:{name}"] = {
            "command": f"sh -c 'exec {quoted}'",
            "autorestart": "true",
            # A process that dies at once is tried again and again, a second later each time.
            "startretries": "1000",
            "stopasgroup": "true",
            "killasgroup": "true",
            "stopwaitsecs": "30",
            "redirect_stderr": "true",
            "stdout_logfile": "/dev/fd/1",
            "stdout_logfile_maxbytes": "0",
        }
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        config.write(file)
