"""The real nginx with the committed configuration, in front of an installation."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.installation import ROOT, Installation
from tests.services import Server, free_port, listens

COMMITTED = ROOT / "deploy/nginx"
MIME_TYPES = Path("/etc/nginx/mime.types")


def is_installed() -> bool:
    return shutil.which("nginx") is not None and MIME_TYPES.exists()


@dataclass
class Proxy:
    url: str
    plain: str
    certificate: Path
    folder: Path

    @property
    def log(self) -> str:
        return (self.folder / "access.log").read_text(encoding="utf-8")


@contextlib.contextmanager
def running(folder: Path, installation: Installation, ports: tuple[int, int]) -> Iterator[Proxy]:
    """Only ports, paths and where the web process is differ from what is committed."""
    plain, tls = ports
    _certify(folder)
    changes = {
        "listen 8080": f"listen 127.0.0.1:{plain}",
        "listen 8443": f"listen 127.0.0.1:{tls}",
        "server web:4000": f"server 127.0.0.1:{installation.port}",
        "/run/secrets/": f"{folder}/",
        "/data/media/": f"{installation.data_dir}/media/",
        "/tmp/": f"{folder}/",  # noqa: S108  # what the file says
        "/dev/stdout": f"{folder}/access.log",
        "/dev/stderr": f"{folder}/error.log",
    }
    for name in ("nginx.conf", "server.conf", "skincare.conf"):
        text = (COMMITTED / name).read_text(encoding="utf-8")
        text = re.sub("|".join(changes), lambda found: changes[found[0]], text)  # in one pass
        (folder / name).write_text(text, encoding="utf-8")
    shutil.copy(MIME_TYPES, folder)
    command = ["nginx", "-p", folder, "-c", folder / "nginx.conf", "-g", "daemon off; user root;"]
    server = Server(f"https://localhost:{tls}", [*command], str(folder), lambda: listens(tls))
    with server.running():
        yield Proxy(server.url, f"http://localhost:{plain}", folder / "tls_certificate", folder)


def two_ports() -> tuple[int, int]:
    return free_port(), free_port()


def _certify(folder: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", folder / "tls_key", "-out", folder / "tls_certificate"],
        check=True,
        capture_output=True,
    )  # fmt: skip
