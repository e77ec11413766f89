"""`manage.py serve`: everything that `make run` starts, under one supervisor.

Prepares the installation, then becomes supervisord, which runs the processes of the Procfile:
stopped together, each started again when it dies.
"""

from __future__ import annotations

import configparser
import os
import shutil
import socket
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

PROCESSES = ("web", "worker", "beat", "courier")


class Command(BaseCommand):
    help = "Prepare the installation and run web, worker, beat and courier until Ctrl-C"

    def handle(self, *args: Any, **options: Any) -> None:
        host = os.environ.setdefault("HOST", "127.0.0.1")
        port = os.environ.setdefault("PORT", "4000")
        os.environ["SKINCARE_DATA_DIR"] = str(settings.DATA_DIR)
        _check_port(host, port)
        if "%" in f"{settings.DATA_DIR}{settings.BASE_DIR}":
            raise CommandError("The path of a folder has a % in it, which supervisord cannot take.")
        os.umask(0o077)  # health data: nobody else on the machine reads them
        # The messages hold no state, and a file that a crash left half-written stops every worker.
        shutil.rmtree(settings.DATA_DIR / "broker", ignore_errors=True)
        call_command("prepare", stdout=self.stdout)
        config, logs = settings.DATA_DIR / "supervisord.conf", settings.DATA_DIR / "log"
        logs.mkdir(exist_ok=True)
        _write_supervisor_config(config, logs)
        self.stdout.write(f"Skincare runs at http://{host}:{port}/ (Ctrl-C stops it; logs: {logs})")
        self.stdout.flush()
        tools = Path(sys.executable).parent
        os.environ["PATH"] = f"{tools}{os.pathsep}{os.environ['PATH']}"
        os.execv(tools / "supervisord", ["supervisord", "--configuration", str(config)])  # noqa: S606


def _check_port(host: str, port: str) -> None:
    """Better one sentence now than a web process that cannot start."""
    try:
        with socket.create_server((host, int(port))):
            pass
    except (OSError, ValueError, OverflowError) as error:
        message = f"Cannot listen on {host}:{port} ({error}). Set another PORT: make run PORT=4001"
        raise CommandError(message) from error


def _write_supervisor_config(path: Path, logs: Path) -> None:
    config = configparser.RawConfigParser()
    config["supervisord"] = {
        "nodaemon": "true",
        "loglevel": "warn",
        "umask": "077",
        "logfile": "/dev/null",
        "logfile_maxbytes": "0",
        "pidfile": str(path.with_suffix(".pid")),
    }
    # Of one group all are told to stop at once, of several one after the other.
    config["group:skincare"] = {"programs": ",".join(PROCESSES)}
    for name in PROCESSES:
        config[f"program:{name}"] = {
            "command": f'"{settings.BASE_DIR}/tools/process" {name}',
            "autorestart": "true",
            # One that dies at once is tried again and again, each time a second later.
            "startretries": "1000",
            "stopasgroup": "true",
            "killasgroup": "true",
            "stopwaitsecs": "30",
            "redirect_stderr": "true",
            # Not our own output: a pipe or a socket cannot be opened a second time by everybody.
            "stdout_logfile": str(logs / f"{name}.log"),
            "stdout_logfile_maxbytes": "10MB",
            "stdout_logfile_backups": "5",
        }
    if os.geteuid() == 0:
        config["supervisord"]["user"] = "root"  # else supervisord warns that it stays what it is
    with path.open("w", encoding="utf-8") as file:
        config.write(file)
