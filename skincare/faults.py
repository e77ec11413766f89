"""An exception → its kind and its way through the code, without what it quotes.

"duplicate key … DETAIL: Failing row contains (…)" holds a whole photograph's row: such words are
left out, unless they are of a kind that speaks of the machinery alone.
"""

from __future__ import annotations

import traceback
from typing import Final

TELLING: Final = (AttributeError, NameError, ImportError, TypeError, MemoryError)
"""They speak of the code."""
OF_THE_MACHINERY: Final = ("kombu", "redis", "botocore", "celery", "ml")
"""Packages whose exceptions do, too."""
OF_A_CONNECTION: Final = ("OperationalError", "InterfaceError")


def told(error: BaseException, *, words: bool = False) -> str:
    """The frames and the kind, of what caused it first. `words`: all that it says."""
    lines: list[str] = []
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None:
        lines += [told(earlier, words=words), "… and then:"]
    lines += [line.rstrip() for line in traceback.format_tb(error.__traceback__)]
    return "\n".join([*lines, kind(error, words=words)])


def kind(error: BaseException, *, words: bool = False) -> str:
    cls = type(error)
    name = cls.__name__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__name__}"
    said = str(error) if words else harmless_words(error)
    return f"{name}: {said}" if said else name


def harmless_words(error: BaseException) -> str:
    package = type(error).__module__.partition(".")[0]
    if type(error).__name__ in OF_A_CONNECTION or package in OF_THE_MACHINERY:
        return str(error).partition("\n")[0]
    if isinstance(error, OSError):
        return error.strerror or ""
    return str(error) if isinstance(error, TELLING) else ""
