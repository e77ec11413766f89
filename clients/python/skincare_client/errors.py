"""What goes wrong, each with a sentence that can be shown."""

from __future__ import annotations

import httpx


class SkincareError(Exception):
    """Anything that this client raises by itself."""


class ApiError(SkincareError):
    """The service refused: `status_code`, its `code`, and its sentence as the message."""

    def __init__(self, status_code: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.code = code

    @classmethod
    def of(cls, response: httpx.Response) -> ApiError:
        """From the API's one error shape; from anything else (a proxy's page) by its status."""
        try:
            error = response.json()["error"]
            return cls(response.status_code, str(error["code"]), str(error["message"]))
        except (ValueError, KeyError, TypeError):
            sentence = f"The service answered {response.status_code} {response.reason_phrase}."
            return cls(response.status_code, "unknown", sentence)
