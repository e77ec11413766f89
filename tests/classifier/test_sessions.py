"""Where one is logged in: seen and ended."""

from __future__ import annotations

import datetime
import html
import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from classifier.accounts import sessions
from classifier.accounts.session_store import SessionStore
from classifier.models import Session
from tests.classifier.conftest import browser, queries
from tests.factories import PASSWORD

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
)


def log_in(agent: str = FIREFOX, address: str = "192.0.2.77") -> Client:
    client = Client(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    client.post("/accounts/login/", {"username": "alice", "password": PASSWORD})
    return client


def rows(client: Client) -> list[str]:
    """The table of the account page, a line each."""
    page = client.get("/account/").content.decode()
    table = page.split("Where you are logged in")[1].split("</table>")[0].split("<tbody>")[1]
    return [
        " ".join(html.unescape(re.sub(r"<[^>]+>", " ", row)).split())
        for row in table.split("</tr>")[:-1]
    ]


def open_to(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def handle_of(client: Client) -> str:
    user = User.objects.get(pk=client.session["_auth_user_id"])
    [one] = [one for one in sessions.open_sessions(user, client.session) if one.is_this]
    return one.handle


def test_each_is_listed_with_program_and_shortened_address(alice: User) -> None:
    log_in(SAFARI, "2001:db8:1:2::3")
    log_in("curl/8.0")
    this = log_in()
    shown = rows(this)
    assert len(shown) == 3
    assert re.fullmatch(r"Firefox on Linux 192\.0\.2\.x .+ This one", shown[0])
    assert shown[1].startswith("Unknown program 192.0.2.x")
    assert shown[2].startswith("Safari on iPhone 2001:db8:1::")
    assert all(line.endswith("End") for line in shown[1:])


@pytest.mark.parametrize(
    ("agent", "name"), [(EDGE, "Edge on Windows"), (SAFARI, "Safari on iPhone")]
)
def test_programs_are_known_by_their_own_name(agent: str, name: str, alice: User) -> None:
    assert rows(log_in(agent))[0].startswith(name)


def test_neither_its_key_nor_the_whole_address_is_shown(alice: User) -> None:
    this = log_in()
    page = this.get("/account/").content.decode()
    for key in Session.objects.values_list("pk", flat=True):
        assert key not in page
    assert "192.0.2.77" not in page
    assert "192.0.2.77" not in str(Session.objects.get().get_decoded())


def test_one_is_ended_and_the_others_stay(alice: User) -> None:
    this, gone, kept = log_in(), log_in(), log_in()
    answer = this.post(f"/account/sessions/{handle_of(gone)}/end/", follow=True)
    assert "The session is ended." in answer.content.decode()
    assert (open_to(this), open_to(gone), open_to(kept)) == (True, False, True)


def test_all_others_are_ended_at_once(alice: User, bob_browser: Client) -> None:
    this, gone, too = log_in(), log_in(), log_in()
    this.post("/account/sessions/others/end/")
    assert (open_to(this), open_to(gone), open_to(too)) == (True, False, False)
    assert open_to(bob_browser)
    assert len(rows(this)) == 1


def test_anothers_session_is_not_there(alice: User, bob_browser: Client) -> None:
    hers = log_in()
    assert bob_browser.post(f"/account/sessions/{handle_of(hers)}/end/").status_code == 404
    assert open_to(hers)
    assert len(rows(bob_browser)) == 1


@pytest.mark.parametrize("path", ["others/end/", "0123/end/"])
def test_a_link_ends_nothing(path: str, alice_browser: Client) -> None:
    assert alice_browser.get(f"/account/sessions/{path}").status_code == 405


def test_a_new_password_ends_the_others(alice: User) -> None:
    this, gone = log_in(), log_in()
    new = "battery staple horse"
    fields = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    this.post("/accounts/password/", fields)
    assert (open_to(this), open_to(gone)) == (True, False)
    assert Session.objects.filter(user=alice).count() == 1


def test_logging_out_and_leaving_leave_no_row(alice: User) -> None:
    log_in().post("/accounts/logout/")
    assert not Session.objects.exists()
    log_in()
    log_in().post("/account/delete/", {"password": PASSWORD})
    assert not Session.objects.exists()


def test_a_use_is_written_down_once_in_a_while(alice: User) -> None:
    this = log_in()
    few = queries(lambda: this.get("/about/"))
    long_ago = timezone.now() - datetime.timedelta(hours=1)
    Session.objects.update(last_used_at=long_ago)
    assert queries(lambda: this.get("/about/")) == few + 1
    assert timezone.now() - Session.objects.get().last_used_at < datetime.timedelta(minutes=1)
    assert queries(lambda: this.get("/about/")) == few


def test_what_has_expired_is_neither_shown_nor_kept(alice: User) -> None:
    gone, this = log_in(), log_in()
    key = gone.session.session_key
    Session.objects.filter(pk=key).update(expire_date=timezone.now() - datetime.timedelta(days=1))
    assert len(rows(this)) == 1
    assert Session.objects.count() == 2
    sessions.forget_expired()
    assert Session.objects.count() == 1


def test_a_visitors_session_is_nobodys(client: Client, db: None) -> None:
    store = SessionStore()
    store["seen"] = True
    store.save()
    assert Session.objects.get().user is None


def test_many_sessions_cost_no_more_queries(alice: User) -> None:
    this = log_in()
    few = queries(lambda: this.get("/account/"))
    for _number in range(60):
        browser(alice)
    assert queries(lambda: this.get("/account/")) == few
    assert len(rows(this)) == sessions.SHOWN
