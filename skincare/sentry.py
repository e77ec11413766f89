"""Faults to Sentry, where a DSN is set: what went wrong and where, not whose photograph it was.

An event is made anew from the few parts of it that are harmless: what a later version of the SDK
adds does not slip through.
"""

from __future__ import annotations

from typing import Any, Final

from skincare.faults import harmless_words

KEPT: Final = (
    "event_id", "timestamp", "platform", "level", "logger", "transaction", "release",
    "environment", "sdk", "type",
)  # fmt: skip
OF_A_FRAME: Final = (
    "filename", "module", "function", "lineno", "in_app", "context_line", "pre_context",
    "post_context",
)  # fmt: skip


def report_to(dsn: str, environment: str) -> None:
    """Nothing, and not even an import, without a DSN."""
    if not dsn:
        return
    import sentry_sdk

    sentry_sdk.init(
        dsn,
        environment=environment or None,
        before_send=scrubbed,
        before_send_transaction=lambda _event, _hint: None,
        before_breadcrumb=lambda _crumb, _hint: None,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        server_name="",
        traces_sample_rate=0.0,
        auto_session_tracking=False,
    )


def scrubbed(event: Any, hint: dict[str, Any]) -> Any:
    """Kinds of exceptions with their frames, the route, and the ids by which our logs go on."""
    from classifier.correlation import request_id

    kept = {name: event[name] for name in KEPT if event.get(name)}
    chain = _chain((hint.get("exc_info") or (None, None, None))[1])
    values = (event.get("exception") or {}).get("values") or []
    kept["exception"] = {"values": [_exception(value, chain) for value in values]}
    if not values and event.get("logentry"):
        kept["logentry"] = {"message": str(event["logentry"].get("message", ""))}  # unfilled
    kept["tags"] = {"request_id": request_id.get()} if request_id.get() else {}
    return kept


def _chain(error: BaseException | None) -> dict[str, str]:
    """What each kind of exception in it may say."""
    words: dict[str, str] = {}
    while error is not None and type(error).__name__ not in words:
        words[type(error).__name__] = harmless_words(error)
        error = error.__cause__ or error.__context__
    return words


def _exception(value: dict[str, Any], words: dict[str, str]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames") or []
    kept = [{name: frame[name] for name in OF_A_FRAME if name in frame} for frame in frames]
    kind = value.get("type")
    return {
        "type": kind,
        "module": value.get("module"),
        "value": words.get(str(kind), ""),
        "stacktrace": {"frames": kept},
    }
