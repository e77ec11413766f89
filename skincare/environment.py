"""Settings from the environment, or from the file that `NAME_FILE` names.

A value that cannot be used ends the process with one sentence; so does a file that cannot be read.
The methods are called as those of django-environ, which reads the files and the URLs.
"""

from __future__ import annotations

import builtins
import ipaddress
import math
import os
import sys
from collections.abc import Callable, MutableMapping
from typing import Any, Final, NoReturn, TypeVar

from environ.fileaware_mapping import FileAwareMapping

T = TypeVar("T")
Number = TypeVar("Number", int, float)

SWITCH: Final = {"true": True, "on": True, "yes": True, "1": True} | {
    "false": False, "off": False, "no": False, "0": False
}  # fmt: skip
REFUSED: Final = 3
"""Exit status: gunicorn takes it for "cannot boot" and does not try again for ever."""


def refuse(sentence: str) -> NoReturn:
    print(f"Settings: {sentence}", file=sys.stderr)
    raise SystemExit(REFUSED)


class Environment:
    """Typed values by their names; empty ones count as not set."""

    def __init__(self, variables: MutableMapping[builtins.str, builtins.str] | None = None) -> None:
        chosen = os.environ if variables is None else variables
        self._variables = FileAwareMapping(chosen, cache=False)

    def parsed(
        self,
        name: builtins.str,
        default: T,
        parse: Callable[[builtins.str], T],
        expected: builtins.str,
        *,
        is_secret: builtins.bool = False,
    ) -> T:
        """`parse` raises an exception where the text is not what is `expected`."""
        text = self.str(name)
        if not text:
            return default
        try:
            return parse(text)
        except Exception:  # of any parser: it is not what is expected
            found = "" if is_secret else f", not {text!r}"
            refuse(f"{name} has to be {expected}{found}.")

    def str(self, name: builtins.str, default: builtins.str = "") -> builtins.str:
        try:
            text: builtins.str = self._variables.get(name, "")
        except (OSError, UnicodeDecodeError) as error:
            refuse(f"{name}_FILE names a file that cannot be read ({error}).")
        return text.strip() or default

    def int(
        self, name: builtins.str, default: builtins.int, *, at_least: builtins.int = 0
    ) -> builtins.int:
        def parse(text: builtins.str) -> builtins.int:
            return _checked(int(text), at_least)

        return self.parsed(name, default, parse, f"a whole number of at least {at_least}")

    def float(
        self, name: builtins.str, default: builtins.float, *, at_least: builtins.float = 0.0
    ) -> builtins.float:
        def parse(text: builtins.str) -> builtins.float:
            return _checked(float(text), at_least)

        return self.parsed(name, default, parse, f"a number of at least {at_least:g}")

    def bool(self, name: builtins.str, default: builtins.bool) -> builtins.bool:
        return self.parsed(name, default, lambda text: SWITCH[text.lower()], "true or false")

    def list(self, name: builtins.str, default: builtins.list[Any]) -> builtins.list[Any]:
        """What stands between commas."""
        return [one.strip() for one in self.str(name).split(",") if one.strip()] or default

    def choice(
        self, name: builtins.str, default: builtins.str, choices: tuple[builtins.str, ...]
    ) -> builtins.str:
        known = {one.lower(): one for one in choices}
        return self.parsed(
            name, default, lambda text: known[text.lower()], f"one of {', '.join(choices)}"
        )


def hosts_and_networks(text: str) -> list[str]:
    """What stands between commas. Raises `ValueError` where a network (with a `/`) is none."""
    found = [one.strip() for one in text.split(",") if one.strip()]
    for one in found:
        if "/" in one:
            ipaddress.ip_network(one)
    return found


def _checked(number: Number, at_least: float) -> Number:
    if not math.isfinite(number) or number < at_least:
        raise ValueError
    return number
