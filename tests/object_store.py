"""A real S3 server on a free port (moto's, in memory), with one bucket."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import requests
from moto.server import ThreadedMotoServer

BUCKET = "photographs"
KEYS = {"aws_access_key_id": "an access key", "aws_secret_access_key": "a secret key"}


@dataclass
class Store:
    url: str
    client: Any = field(repr=False)

    @property
    def names(self) -> list[str]:
        """Of all that is stored."""
        found = self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return [one["Key"] for one in found]

    @property
    def variables(self) -> dict[str, str]:
        """The environment of an installation that keeps its photographs here."""
        return {
            "S3_BUCKET": BUCKET,
            "S3_ENDPOINT_URL": self.url,
            "S3_REGION": "us-east-1",
            "S3_ACCESS_KEY": KEYS["aws_access_key_id"],
            "S3_SECRET_KEY": KEYS["aws_secret_access_key"],
        }


@contextlib.contextmanager
def running() -> Iterator[Store]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        # moto keeps its buckets for the process: another module's must not be seen here.
        requests.post(f"{url}/moto-api/reset", timeout=30).raise_for_status()
        client = boto3.client("s3", endpoint_url=url, region_name="us-east-1", **KEYS)
        client.create_bucket(Bucket=BUCKET)
        yield Store(url, client)
    finally:
        server.stop()
