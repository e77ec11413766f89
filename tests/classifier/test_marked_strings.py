"""Nothing that a user reads escapes translation: neither unmarked nor marked and not collected."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import polib
import pytest
from django.conf import settings

from classifier.sentences import KNOWN

ROOT = Path(settings.BASE_DIR)
CATALOGUE = Path("locale/de/LC_MESSAGES/django.po")
COLLECT = ["makemessages", "--locale", "de", "--no-location", "--no-obsolete"]


def ids(path: Path) -> set[tuple[str | None, str, str]]:
    entries = [entry for entry in polib.pofile(str(path)) if not entry.obsolete]
    assert not [entry.msgid for entry in entries if entry.fuzzy]
    return {(entry.msgctxt, entry.msgid, entry.msgid_plural) for entry in entries}


def test_collecting_finds_nothing_new_and_nothing_gone(tmp_path: Path) -> None:
    """What `make messages` would write is what is in the repository."""
    for name in ("classifier", "skincare", "templates", "locale", "ml"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("artifacts"))
    shutil.copy(ROOT / "manage.py", tmp_path)
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "skincare.settings",
        "SKINCARE_DATA_DIR": str(tmp_path / "data"),
    }
    command = [sys.executable, "manage.py", *COLLECT]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert ids(tmp_path / CATALOGUE) == ids(ROOT / CATALOGUE)


# Templates: between tags and in the attributes that are read out nothing stands but what Django
# fills in.

DJANGO = re.compile(
    r"{#.*?#}"
    r"|{%\s*comment\s*%}.*?{%\s*endcomment\s*%}"
    r"|{%\s*blocktranslate\b.*?{%\s*endblocktranslate\s*%}"
    r"|{{.*?}}|{%.*?%}",
    re.DOTALL,
)
SPOKEN = {"alt", "title", "placeholder", "aria-label", "label", "summary"}
NAMES = re.compile(r"\b(Skincare-Signature: t=…,v1=…|Skincare|API|Authorization: Token)(?!\w)")
TEMPLATES = [
    path
    for path in sorted((ROOT / "templates").rglob("*.*"))
    # English, as the whole documentation of the API and the admin.
    if path.parent.name != "drf_spectacular" and "admin" not in path.parts[len(ROOT.parts) :]
]


class Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in SPOKEN]

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def unmarked(template: str) -> list[str]:
    parser = Words()
    parser.feed(DJANGO.sub("", template))
    texts = [NAMES.sub("", text).strip() for text in parser.found]
    return [text for text in texts if re.search(r"[^\W\d]{2}", text)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_template_says_nothing_in_one_language_alone(path: Path) -> None:
    assert unmarked(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "template",
    [
        "<p>Hello there</p>",
        '<img alt="A photograph">',
        '{% translate "One" %} and',
        "<b>{{ n }} of",
    ],
)
def test_an_unmarked_word_is_found(template: str) -> None:
    assert unmarked(template)


# Python: what reads like a sentence or stands where a form shows it is marked, or is one of those
# that are translated when they are shown.

GETTEXT = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext"}
SHOWN = {"label", "help_text", "empty_label"}
SENTENCE = re.compile(r"[A-Z].* .*[.?!…]", re.DOTALL)
STAFF = {
    "audit_log",
    "checks",
    "capacity",
    "diagnoses",
    "exposition",
    "measures",
    "models",
    "records",
    "registry",
    "tallies",
    "versions",
    "webhook_records",
}
"""The admin, its help texts and what operators read are in English, like the API's description."""
MODULES = [
    path
    for folder in (ROOT / "classifier", ROOT / "classifier" / "web")
    for path in sorted(folder.glob("*.py"))
    if path.stem not in STAFF
]


def shown_strings(tree: ast.AST) -> Iterator[str]:
    """Those that no call of gettext, no log and no docstring holds."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # a docstring
        if isinstance(node, ast.Call) and _is_no_concern(node.func):
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
        else:
            yield from shown_strings(node)


def _is_no_concern(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in GETTEXT
    return isinstance(function, ast.Attribute) and getattr(function.value, "id", "") == "logger"


def labels(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in SHOWN:
            yield from (text for text in [getattr(node.value, "value", None)] if text)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_says_nothing_in_one_language_alone(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    sentences = {text for text in shown_strings(tree) if SENTENCE.fullmatch(text)}
    assert (sentences | set(labels(tree))) - set(KNOWN) == set()


@pytest.mark.parametrize(
    "line", ['messages.error(request, "It is too late.")', 'CharField(label="Name")']
)
def test_an_unmarked_string_is_found(line: str) -> None:
    tree = ast.parse(line)
    assert {"It is too late.", "Name"} & {*shown_strings(tree), *labels(tree)}
