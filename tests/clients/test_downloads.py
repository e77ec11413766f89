"""A history is downloaded whole, in steps that can be interrupted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from skincare_client import SkincareError, download_csv, download_images

from tests.clients.service import URL, Service, prediction, refusal

PAGES = {"": (["1", "2"], "b"), "b": (["3", "4"], "c"), "c": (["5"], None)}


def history(broken: str = "") -> Any:
    """Three pages and their photographs, of which one may be out of order."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/image/"):
            pk = request.url.path.split("/")[-3]
            return refusal(404, "not_found") if pk == broken else httpx.Response(200, text=pk)
        ids, following = PAGES[request.url.params.get("cursor", "")]
        address = following and f"{URL}/api/v1/predictions/?cursor={following}"
        results = [prediction(pk) for pk in ids]
        return httpx.Response(200, json={"next": address, "results": results})

    return answer


def asked(service: Service) -> list[str]:
    """Pages by their cursor, photographs by their id."""
    return [
        request.url.path.split("/")[-3]
        if "image" in request.url.path
        else request.url.params.get("cursor", "")
        for request in service.requests
    ]


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_all_pages_are_followed() -> None:
    service = Service(history())
    assert [one["id"] for one in service.client().history(status="succeeded")] == list("12345")
    assert service.requests[0].url.params["status"] == "succeeded"


def test_all_photographs_arrive(tmp_path: Path) -> None:
    new = list(download_images(Service(history()).client(), tmp_path / "new"))
    assert [path.stem for path in new] == list("12345")
    assert files(tmp_path / "new") == {f"{pk}.jpg": pk for pk in "12345"}


def test_an_interrupted_download_goes_on_with_its_page(tmp_path: Path) -> None:
    with pytest.raises(SkincareError):
        list(download_images(Service(history(broken="4")).client(), tmp_path))
    assert set(files(tmp_path)) == {"1.jpg", "2.jpg", "3.jpg", ".next-page"}
    service = Service(history())
    assert [path.stem for path in download_images(service.client(), tmp_path)] == ["4", "5"]
    assert asked(service) == ["b", "4", "c", "5"]
    assert files(tmp_path) == {f"{pk}.jpg": pk for pk in "12345"}


def test_what_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    list(download_images(Service(history()).client(), tmp_path))
    service = Service(history())
    assert list(download_images(service.client(), tmp_path)) == []
    assert asked(service) == ["", "b", "c"]


def test_half_a_file_is_none(tmp_path: Path) -> None:
    def breaks(request: httpx.Request) -> httpx.Response:
        def content() -> Any:
            yield b"half"
            raise httpx.ReadError("broken off")

        return httpx.Response(200, content=content())

    service = Service(breaks)
    with pytest.raises(SkincareError, match="broken off"):
        download_csv(service.client(attempts=2), tmp_path / "history.csv")
    assert not (tmp_path / "history.csv").exists()
    whole = Service(breaks, httpx.Response(200, text="id\n"))
    download_csv(whole.client(), tmp_path / "history.csv", label="mel")
    assert (tmp_path / "history.csv").read_text() == "id\n"
    assert whole.requests[0].url.params["label"] == "mel"
