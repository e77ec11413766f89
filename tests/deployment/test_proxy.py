"""nginx with the committed configuration, the real web process behind it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests
from PIL import Image

from tests import nginx
from tests.cards import write_artifact
from tests.conftest import QUICK
from tests.images import encoded, lesion
from tests.installation import Installation, running
from tests.nginx import Proxy
from tests.services import wait_until

pytestmark = pytest.mark.skipif(
    not nginx.is_installed(), reason="nginx is not installed: run tests/install_services"
)
MEGABYTE = 1_000_000


@dataclass
class Site:
    """What a user of the deployment meets."""

    installation: Installation
    proxy: Proxy
    session: requests.Session
    prediction: str

    def get(self, path: str, **options: object) -> requests.Response:
        return self.session.get(f"{self.proxy.url}{path}", timeout=30, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("proxy")
    ports = nginx.two_ports()
    variables = {
        **QUICK,
        "HTTPS": "true",
        "MEDIA_ACCEL": "/stored/",
        "CSRF_TRUSTED_ORIGINS": f"https://localhost:{ports[1]}",
        "DJANGO_SUPERUSER_PASSWORD": "correct horse battery",
        "PREDICTOR": "tests.predictor.ColourPredictor",
        "ARTIFACT": str(write_artifact(folder / "artifact")),
    }
    (folder / "nginx").mkdir()
    with (
        running(Installation(folder / "data", variables)) as installation,
        nginx.running(folder / "nginx", installation, ports) as proxy,
    ):
        session = requests.Session()
        session.trust_env = False  # which may name other authorities
        session.verify = str(proxy.certificate)
        root = f"{proxy.url}/api/v1"
        login = {"username": "admin", "password": "correct horse battery"}
        token = session.post(f"{root}/auth/token/", data=login, timeout=30).json()["token"]
        session.headers["Authorization"] = f"Token {token}"
        files = {"image": ("lesion.jpg", encoded(lesion(600, 450)), "image/jpeg")}
        made = session.post(f"{root}/predictions/?wait=30", files=files, timeout=60).json()
        yield Site(installation, proxy, session, f"/api/v1/predictions/{made['id']}/")


def test_a_photograph_is_sent_by_the_proxy_with_the_headers_of_the_application(site: Site) -> None:
    direct = requests.get(
        f"{site.installation.url}{site.prediction}image/",
        headers={**site.session.headers, "X-Forwarded-Proto": "https"},
        timeout=30,
    )
    assert direct.content == b""
    assert direct.headers["X-Accel-Redirect"].startswith("/stored/images/")
    answer = site.get(f"{site.prediction}image/")
    assert answer.status_code == 200
    with Image.open(io.BytesIO(answer.content)) as image:
        assert (image.format, image.size) == ("JPEG", (600, 450))
    assert "X-Accel-Redirect" not in answer.headers
    for name in (
        "Cache-Control", "Content-Security-Policy", "Content-Type", "Cross-Origin-Opener-Policy",
        "Cross-Origin-Resource-Policy", "ETag", "Permissions-Policy", "Referrer-Policy",
        "Strict-Transport-Security",
        "X-Content-Type-Options", "X-Frame-Options",
    ):  # fmt: skip
        assert answer.headers[name] == direct.headers[name], name
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Request-ID"] != direct.headers["X-Request-ID"]


def test_the_measures_are_not_for_outside(site: Site) -> None:
    assert site.get("/metrics").status_code == 404


def test_who_has_a_photograph_gets_it_not_again(site: Site) -> None:
    tag = site.get(f"{site.prediction}thumbnail/").headers["ETag"]
    again = site.get(f"{site.prediction}thumbnail/", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_a_stored_file_cannot_be_asked_for(site: Site) -> None:
    (name, *_) = (site.installation.data_dir / "media/images").rglob("*.jpg")
    path = name.relative_to(site.installation.data_dir / "media")
    for address in (f"/stored/{path}", f"/media/{path}", f"/stored/../stored/{path}", "/stored/"):
        assert site.get(address).status_code == 404, address


def test_nobody_else_gets_a_photograph(site: Site) -> None:
    anonymous = requests.get(
        f"{site.proxy.url}{site.prediction}image/", verify=site.session.verify, timeout=30
    )
    assert (anonymous.status_code, anonymous.json()["error"]["code"]) == (401, "not_authenticated")


def test_a_photograph_whose_file_is_gone_is_404_in_the_api_s_own_words(site: Site) -> None:
    files = {"image": ("lesion.jpg", encoded(lesion(320, 240)), "image/jpeg")}
    root = f"{site.proxy.url}/api/v1/predictions/"
    made = site.session.post(root, files=files, timeout=60).json()
    newest = max(
        (site.installation.data_dir / "media/images").rglob("*.jpg"),
        key=lambda path: path.stat().st_mtime,
    )
    newest.unlink()
    answer = site.get(f"/api/v1/predictions/{made['id']}/image/")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_an_archive_is_sent_by_the_proxy_and_goes_on_where_it_was_cut_off(site: Site) -> None:
    root = f"{site.proxy.url}/api/v1/account/archives/"
    ordered = site.session.post(root, timeout=30).json()
    address = f"/api/v1/account/archives/{ordered['id']}/"
    wait_until(lambda: site.get(address).json()["finished_at"], "the archive")
    whole = site.get(f"{address}download/")
    assert whole.headers["Content-Type"] == "application/zip"
    assert whole.headers["Content-Disposition"].startswith('attachment; filename="skincare-')
    assert int(whole.headers["Content-Length"]) == len(whole.content) > 1000
    header = {"Range": "bytes=100-", "If-Range": whole.headers["ETag"]}
    rest = site.get(f"{address}download/", headers=header)
    assert (rest.status_code, rest.content) == (206, whole.content[100:])


def test_what_is_too_large_is_refused_before_it_is_read(site: Site) -> None:
    content = bytes(12 * MEGABYTE)
    files = {"image": ("large.jpg", content, "image/jpeg")}
    answer = site.session.post(f"{site.proxy.url}/api/v1/predictions/", files=files, timeout=60)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    page = site.session.post(f"{site.proxy.url}/accounts/login/", data=content, timeout=60)
    assert page.status_code == 413
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    # What the application refuses by itself, with its own sentence, gets as far as that.
    just = {"image": ("large.jpg", bytes(10_500_000), "image/jpeg")}
    answer = site.session.post(f"{site.proxy.url}/api/v1/predictions/", files=just, timeout=60)
    assert "at most 10 MB are allowed" in answer.text
    batch = [("images", (f"{i}.jpg", bytes(9 * MEGABYTE), "image/jpeg")) for i in range(2)]
    answer = site.session.post(
        f"{site.proxy.url}/api/v1/predictions/batch/", files=batch, timeout=60
    )
    assert answer.status_code == 207


def test_without_tls_there_is_only_the_way_to_it(site: Site) -> None:
    answer = requests.get(f"{site.proxy.plain}/upload/", allow_redirects=False, timeout=30)
    assert (answer.status_code, answer.headers["Location"]) == (308, "https://localhost/upload/")
    assert requests.get(f"{site.proxy.plain}/proxy-health", timeout=30).status_code == 204


def test_nobody_can_claim_another_address_or_scheme(site: Site) -> None:
    """The page is served under TLS whatever the client says, and knows that it is."""
    answer = site.get("/accounts/login/", headers={"X-Forwarded-Proto": "http"})
    assert answer.status_code == 200
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Server" in answer.headers
    assert not any(digit.isdigit() for digit in answer.headers["Server"])


def test_the_log_names_no_user_and_no_query(site: Site) -> None:
    site.get("/history/?search=left+heel")
    wait_until(lambda: "/history/" in site.proxy.log, "the line")
    assert "heel" not in site.proxy.log
    assert "admin" not in site.proxy.log
