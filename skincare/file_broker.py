"""Celery's filesystem transport, except that its messages appear whole and that it can be stopped.

Kombu's own writes a message where the workers look for it: one that looks too early, or after a
writer was killed or the disk was full, gets a part of it, and ends with an "unrecoverable error".
"""

from __future__ import annotations

import json
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps

HEARS_AFTER = 0.2
"""Seconds until who waits for a message finds out that it is to stop."""


class Channel(filesystem.Channel):
    def _put(self, queue: str, message: Any, **_: Any) -> None:  # type: ignore[override]  # the stubs know no options
        folder = Path(self.data_folder_out)
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        hidden = folder / f".{name}"
        try:
            hidden.write_text(dumps(message), encoding="utf-8")
            hidden.rename(folder / name)
        except OSError as error:
            hidden.unlink(missing_ok=True)
            raise ChannelError(f"The message {name} cannot be written.") from error

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        try:
            return super()._get(queue)
        except json.JSONDecodeError as error:  # of a power cut, say; it held nothing but "look"
            raise Empty from error


class Transport(filesystem.Transport):
    Channel = Channel

    def drain_events(self, connection: Any, timeout: float | None = None, **_: Any) -> None:
        """Celery's loop asks for two seconds at a time; in between it learns that it is to stop."""
        super().drain_events(connection, timeout=min(timeout or HEARS_AFTER, HEARS_AFTER))
