"""Photographs in an S3-compatible bucket, private, through django-storages."""

from __future__ import annotations

import io
from typing import IO, Any, Final

from botocore.client import Config
from botocore.exceptions import ClientError
from django.core.files import File
from storages.backends.s3 import S3Storage

IN_MEMORY: Final = 32 * 1024 * 1024
"""Bytes. A photograph is fetched whole by one request; an archive is read as it is sent."""


class ObjectStorage(S3Storage):  # type: ignore[misc]  # it has no types
    """Reads with one request where django-storages takes two, and large objects piece by piece."""

    def get_default_settings(self) -> dict[str, Any]:
        ours = {
            "default_acl": None,  # as the bucket: private
            "file_overwrite": True,  # every name is new, no need to ask first
            "querystring_auth": True,
            "client_config": Config(
                connect_timeout=5,
                read_timeout=30,
                retries={"mode": "standard", "max_attempts": 4},
                # Only Amazon's own store knows the newer checksums for certain.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        }
        return {**super().get_default_settings(), **ours}

    def _open(self, name: str, mode: str = "rb") -> File:
        if mode != "rb":
            raise ValueError("Stored files are written whole.")
        stored = self.bucket.Object(self._normalize_name(name))
        try:
            answer = stored.get()
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                raise FileNotFoundError(name) from error
            raise
        size: int = answer["ContentLength"]
        if size > IN_MEMORY:
            return StoredObject(
                name, io.BufferedReader(_Remote(stored, answer["Body"], size)), size
            )
        with answer["Body"] as body:
            return StoredObject(name, io.BytesIO(body.read()), size)

    def make_bucket(self) -> bool:
        """Whether there was none yet."""
        client = self.connection.meta.client
        try:
            client.head_bucket(Bucket=self.bucket_name)
            return False
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                raise
        place = self.region_name if self.region_name != "us-east-1" else None
        where = {"CreateBucketConfiguration": {"LocationConstraint": place}} if place else {}
        client.create_bucket(Bucket=self.bucket_name, **where)
        return True


class StoredObject(File):
    """It was closed where it was read; what is open here costs nothing."""

    def __init__(self, name: str, file: IO[bytes], size: int) -> None:
        super().__init__(file, name)
        self.size = size


class _Remote(io.RawIOBase):
    """A large object, read on from wherever one goes; each jump is a request."""

    def __init__(self, stored: Any, body: Any, size: int) -> None:
        self._stored, self._body, self._size, self._at = stored, body, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset != self._at:
            self._at = start + offset
            self._release()
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self._size:
            return 0
        if self._body is None:
            self._body = self._stored.get(Range=f"bytes={self._at}-")["Body"]
        block = self._body.read(len(buffer))
        buffer[: len(block)] = block
        self._at += len(block)
        return len(block)

    def close(self) -> None:
        self._release()
        super().close()

    def _release(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None
