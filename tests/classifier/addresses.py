"""Every address of the product, read from the URLconf, and the methods that it offers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
API = "api/v1/"


@dataclass(frozen=True)
class Address:
    name: str
    route: str
    view: Any

    def __str__(self) -> str:
        return self.route

    @property
    def is_api(self) -> bool:
        return self.route.startswith(API)

    @property
    def is_of_an_object(self) -> bool:
        return "<" in self.route

    def path(self, objects: Mapping[str, object]) -> str:
        """With the key of the object that each part of the route names."""
        filled = re.sub(
            r"(\w+)/<[^>]+>", lambda found: f"{found[1]}/{objects[found[1]]}", self.route
        )
        return "/" + re.sub(r"<[^>]+>", "nonsense", filled)

    def offered(self) -> set[str]:
        """The methods that the API's view answers."""
        actions = getattr(self.view, "actions", None)
        names = set(actions) if actions else {m for m in METHODS if hasattr(self.view.cls, m)}
        names &= {*self.view.cls.http_method_names} - {"options"}
        return names | ({"head"} if "get" in names else set())


def addresses() -> list[Address]:
    """All but those of the admin, which asks for a login by itself."""
    return list(_walk(get_resolver(), "", ""))


def _walk(resolver: URLResolver, prefix: str, namespace: str) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield Address(f"{namespace}{pattern.name}", route, pattern.callback)
        elif pattern.namespace != "admin":
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from _walk(pattern, route, namespace + inner)
