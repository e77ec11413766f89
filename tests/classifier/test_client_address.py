"""From where a request comes: what a client can make up is not believed."""

from __future__ import annotations

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from skincare.client_address import client_address, shortened


def address(forwarded: str | None, remote: str = "10.0.0.1") -> str | None:
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    return client_address(RequestFactory().get("/", REMOTE_ADDR=remote, headers=headers))


@pytest.mark.parametrize("forwarded", [None, "203.0.113.9", "203.0.113.9, 198.51.100.7", "x"])
def test_without_a_proxy_the_header_is_the_clients_invention(forwarded: str | None) -> None:
    assert address(forwarded) == "10.0.0.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "found"),
    [
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "192.0.2.66, 203.0.113.9", "203.0.113.9"),  # the first one was made up
        (2, "192.0.2.66, 203.0.113.9, 198.51.100.7", "203.0.113.9"),
        (2, "203.0.113.9", "203.0.113.9"),  # asked from inside
        (1, None, "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "203.0.113.9:5123", "203.0.113.9"),
        (1, "[2001:db8:1:2:3:4:5:6]:5123", "2001:db8:1:2::"),
        (1, "nonsense", None),
        (1, "203.0.113.9'; DROP TABLE", None),
    ],
)
def test_each_trusted_proxy_names_whom_it_got_the_request_from(
    proxies: int, forwarded: str | None, found: str | None, settings: Settings
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert address(forwarded) == found


@pytest.mark.parametrize(
    ("remote", "found"),
    [
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        ("2001:db8:1:2:bbbb::1", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", None),  # a socket of the machine itself
    ],
)
def test_one_customer_of_a_provider_has_one_address(remote: str, found: str | None) -> None:
    assert address(None, remote) == found


@pytest.mark.parametrize(
    ("whole", "short"),
    [("192.0.2.77", "192.0.2.x"), ("2001:db8:1:2::", "2001:db8:1::"), (None, ""), ("x", "")],
)
def test_an_address_is_shown_shortened(whole: str | None, short: str) -> None:
    assert shortened(whole) == short
