"""A request is sent until it is answered, with one effect, and not faster than asked."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from skincare_client import ApiError, SkincareError

from tests.clients.service import Service, accepted, prediction, refusal

AWAY = httpx.ConnectError("away")


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    path = tmp_path / "lesion.jpg"
    path.write_bytes(b"a photograph")
    return path


def keys(service: Service) -> list[str]:
    return [request.headers["Idempotency-Key"] for request in service.requests]


def test_an_upload_is_sent_with_the_token_and_its_fields(photograph: Path) -> None:
    service = Service(accepted())
    assert service.client().classify(photograph, note="itches")["label"] == "nv"
    [request] = service.requests
    assert request.headers["Authorization"] == "Token secret"
    assert request.url.path == "/api/v1/predictions/"
    for part in (b"a photograph", b'filename="lesion.jpg"', b"itches"):
        assert part in request.content


@pytest.mark.parametrize(
    "fault",
    [AWAY, httpx.ReadTimeout("slow"), refusal(503, "busy"), httpx.Response(502, text="<html>")],
)
def test_a_fault_that_passes_is_tried_again_under_the_same_key(
    fault: httpx.Response | Exception, photograph: Path
) -> None:
    service = Service(fault, fault, accepted())
    assert service.client().upload(photograph)["id"] == "1"
    assert len(service.requests) == 3
    assert len(set(keys(service))) == 1
    assert 0 < service.pauses[0] <= 0.5 <= service.pauses[1] <= 1.0


def test_each_upload_has_a_key_of_its_own(photograph: Path) -> None:
    service = Service(accepted())
    client = service.client()
    client.upload(photograph)
    client.upload(photograph)
    assert len(set(keys(service))) == 2


def test_while_the_first_sending_is_being_answered_the_second_waits(photograph: Path) -> None:
    service = Service(AWAY, refusal(409, "idempotency_key_in_use"), accepted())
    assert service.client().upload(photograph)["id"] == "1"


def test_after_some_attempts_it_gives_up(photograph: Path) -> None:
    service = Service(AWAY)
    with pytest.raises(SkincareError, match="cannot be reached"):
        service.client(attempts=3).upload(photograph)
    assert len(service.requests) == 3


@pytest.mark.parametrize("status_code", [400, 401, 404, 409])
def test_a_refusal_is_not_tried_again(status_code: int, photograph: Path) -> None:
    service = Service(refusal(status_code, "not_an_image", "The file is not a photograph."))
    with pytest.raises(ApiError, match="not a photograph") as raised:
        service.client().upload(photograph)
    assert (raised.value.status_code, raised.value.code) == (status_code, "not_an_image")
    assert len(service.requests) == 1


def test_after_a_429_it_waits_as_long_as_it_is_told(photograph: Path) -> None:
    busy = refusal(429, "too_many_unfinished", **{"Retry-After": "7"})
    service = Service(*[busy] * 9, accepted())
    service.client(attempts=2, seconds=63).upload(photograph)
    assert service.pauses == [7.0] * 9
    assert len(set(keys(service))) == 1


@pytest.mark.parametrize("headers", [{"Retry-After": "3000"}, {}, {"Retry-After": "soon"}])
def test_a_429_for_too_long_is_an_error(headers: dict[str, str], photograph: Path) -> None:
    service = Service(refusal(429, "too_many_uploads", "Try again later.", **headers))
    with pytest.raises(ApiError, match="Try again later"):
        service.client().upload(photograph)
    assert service.pauses == []


def test_an_unfinished_prediction_is_asked_for(photograph: Path) -> None:
    running = httpx.Response(200, json=prediction(status="running"))
    done = httpx.Response(200, json=prediction(status="rejected"))
    service = Service(accepted("queued"), running, running, done)
    assert service.client().classify(photograph)["status"] == "rejected"
    assert [request.method for request in service.requests] == ["POST", "GET", "GET", "GET"]
    assert service.pauses == [0.25, 0.5, 1.0]


def test_what_does_not_end_is_an_error(photograph: Path) -> None:
    service = Service(accepted("queued"))
    with pytest.raises(SkincareError, match="There is no result"):
        service.client().classify(photograph, within=-1)


def test_the_token_goes_to_no_other_host() -> None:
    service = Service(httpx.Response(200, json=prediction()))
    for address in ("https://evil.example/", "//evil.example/", "http://lesions.example.org/"):
        with pytest.raises(SkincareError, match="does not belong"):
            service.client().get(address)
    redirect = Service(httpx.Response(302, headers={"Location": "https://evil.example/"}))
    with pytest.raises(ApiError):
        redirect.client().get("models/")
    assert len(redirect.requests) == 1
    assert service.requests == []
