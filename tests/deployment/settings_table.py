"""The table of settings in docs/operating.md, and what the code reads from the environment."""

from __future__ import annotations

import ast
import re

from tests.installation import ROOT

READERS = {"str", "int", "float", "bool", "list", "parsed", "choice"}


def documented() -> set[str]:
    """Every name in the first column."""
    text = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    table = text.partition("## Settings")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([A-Z0-9_]+)`", row)}


def read() -> set[str]:
    """Every name that the settings, the commands or the Procfile's lines ask for."""
    names = set(re.findall(r"\$\{(\w+)", (ROOT / "Procfile").read_text(encoding="utf-8")))
    for folder in ("skincare", "classifier", "ml"):
        for path in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            names |= {name for node in ast.walk(tree) if (name := _asked_for(node))}
    return names - {"DJANGO_SETTINGS_MODULE", "PATH", "TF_CPP_MIN_LOG_LEVEL"}


def _asked_for(node: ast.AST) -> str:
    """The name in `env.int("NAME", …)`, `os.environ.get("NAME")` or `os.environ["NAME"]`."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name("env"), attr=method),
            args=[ast.Constant(str(name)), *_],
        ) if method in READERS:
            return name
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(attr="environ")),
            args=[ast.Constant(str(name)), *_],
        ):
            return name
        case ast.Subscript(value=ast.Attribute(attr="environ"), slice=ast.Constant(str(name))):
            return name
    return ""
