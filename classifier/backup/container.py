"""The file of a backup: a tar, written and read in one go, that ends with a digest of itself.

In memory is never more than one part of it. The digest tells damage, not forgery: who can write to
the file can write a digest, too.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from typing import IO, Any, Final, Protocol

from classifier.backup import BackupError

HEAD: Final = "backup.json"
SUMMARY: Final = "summary.json"
END: Final = "end.json"
DAMAGED: Final = "This is no whole backup: it is damaged, cut off or something else."


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class _Hashed:
    """Reads from a file and remembers the digest of what was read."""

    def __init__(self, file: Readable) -> None:
        self._file = file
        self._sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self._sha256.update(block)
        return block

    def digest(self) -> str:
        return self._sha256.hexdigest()


class _Chain:
    """The digest over all members: their order, names, sizes and contents."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self.members = 0

    def add(self, name: str, size: int, digest: str) -> None:
        self._sha256.update(f"{name}\0{size}\0{digest}\n".encode())
        self.members += 1

    def state(self) -> dict[str, Any]:
        return {"members": self.members, "sha256": self._sha256.hexdigest()}


class _Out:
    """Counts instead of asking: a pipe cannot say how far it is."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._written = 0

    def write(self, block: bytes) -> int:
        self._written += len(block)
        return self._out.write(block)

    def tell(self) -> int:
        return self._written


class Writer:
    """`add` what belongs into it, then `close`: a file without its end is none."""

    def __init__(self, out: IO[bytes]) -> None:
        self._tar = tarfile.TarFile(fileobj=_Out(out), mode="w")  # type: ignore[arg-type]
        self._chain = _Chain()

    def add(self, name: str, content: bytes) -> None:
        self.add_file(name, len(content), io.BytesIO(content))

    def add_file(self, name: str, size: int, file: Readable) -> None:
        """Raises `OSError` when the file is shorter than it was said to be."""
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        hashed = _Hashed(file)
        self._tar.addfile(info, hashed)
        _forget(self._tar)
        self._chain.add(name, size, hashed.digest())

    def close(self, summary: dict[str, Any]) -> None:
        self.add(SUMMARY, json.dumps(summary).encode())
        self.add(END, json.dumps(self._chain.state()).encode())
        self._tar.close()


def _forget(tar: Any) -> None:
    """Else it remembers each of millions of members."""
    tar.members.clear()


def members(file: IO[bytes], prefix: str = "") -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    """Each member whose name begins so, with its content. Raises `tarfile.TarError`."""
    file.seek(0)
    with tarfile.open(fileobj=file, mode="r:") as tar:
        while (info := tar.next()) is not None:
            _forget(tar)
            if not info.isreg():
                raise BackupError(DAMAGED)
            if info.name.startswith(prefix):
                content = tar.extractfile(info)
                assert content is not None  # noqa: S101  # a regular file has one
                yield info, content


def read_json(content: Readable) -> dict[str, Any]:
    try:
        read = json.loads(content.read())
    except ValueError as error:
        raise BackupError(DAMAGED) from error
    if not isinstance(read, dict):
        raise BackupError(DAMAGED)
    return read


def verified(file: IO[bytes]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Head and summary, once every byte was read and found whole. Raises `BackupError`."""
    try:
        return _read_through(file)
    except tarfile.TarError as error:
        raise BackupError(DAMAGED) from error


def _read_through(file: IO[bytes]) -> tuple[dict[str, Any], dict[str, Any]]:
    chain, ended = _Chain(), False
    read: dict[str, dict[str, Any]] = {}
    for info, content in members(file):
        if ended:
            raise BackupError(DAMAGED)  # something was put behind it
        if info.name == END:
            ended = read_json(content) == chain.state()
            if not ended:
                raise BackupError(DAMAGED)
            continue
        hashed = _Hashed(content)
        if info.name in {HEAD, SUMMARY}:
            read[info.name] = read_json(hashed)
        while hashed.read(1 << 20):
            pass
        chain.add(info.name, info.size, hashed.digest())
    if not ended or read.keys() != {HEAD, SUMMARY}:
        raise BackupError(DAMAGED)
    return read[HEAD], read[SUMMARY]
