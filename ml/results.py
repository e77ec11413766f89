"""Tables of all scorings under a folder: `README.md` from its `*/metrics.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ml.labels import LABELS

FIGURES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "weighted_precision": "weighted precision",
    "macro_auc": "macro AUC",
    "malignant_auc": "malignant AUC",
    "melanoma_sensitivity_at_specificity_0.9": "melanoma sensitivity at specificity 0.9",
    "ece_uniform_prior": "ECE, uniform prior",
    "ece_ham10000_prior": "ECE, HAM10000's prior",
}
HEAD = """# Results

Written by `python -m ml results`, from the `metrics.json` that `python -m ml evaluate` left in each
folder. Change nothing here by hand. In brackets: 95 % bootstrap intervals, resampled by lesion.

**"not held out"** says how many of the photographs show a lesion that the network was trained on:
such a figure flatters. How much, a comparison of "trained on" with "not trained on" inside one
network does not tell: only lesions with several photographs can be trained on, and those are
harder, mostly excised ones. Compare "photographs of its lesion: several" between networks instead.

Malignant is akiec, bcc and mel together. A sensitivity at a specificity is a point of the ROC curve
of the same photographs. "always the commonest" calls everything a nevus.
"""


def write_tables(folder: Path) -> int:
    """Write `folder/README.md`; returns how many scorings it tells of."""
    scorings = {
        path.parent.name: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*/metrics.json"))
    }
    published = json.loads((folder / "published.json").read_text(encoding="utf-8"))
    sections = [HEAD, _overview(scorings, published), _recalls(scorings, published)]
    sections += [_details(folder, name, scored) for name, scored in scorings.items()]
    (folder / "README.md").write_text("\n".join(sections), encoding="utf-8")
    return len(scorings)


def _overview(scorings: dict[str, Any], published: dict[str, Any]) -> str:
    rows = [[published["network"], "seed", "39 % (mel 68 %)", published["n"]]]
    rows[0] += [_number(published["figures"].get(name)) for name in FIGURES]
    for name, scored in scorings.items():
        figures, ends = scored["figures"], scored["intervals"]
        row = [f"[{_network(scored)}](#{name})", _part(scored), _leak(scored), scored["n"]]
        rows.append(row + [_with_interval(key, figures, ends) for key in FIGURES])
    baselines = {_part(scored): scored for scored in scorings.values()}
    for part, scored in baselines.items():
        baseline = scored["majority_baseline"]
        row = ["always the commonest", part, "–", scored["n"]]
        rows.append(row + [_number(baseline.get(key)) for key in FIGURES])
    head = ["network", "scored on", "not held out", "n", *FIGURES.values()]
    return "## All figures\n\n" + _table(head, rows)


def _recalls(scorings: dict[str, Any], published: dict[str, Any]) -> str:
    rows = []
    for key in ("recall", "precision"):
        rows.append([published["network"], key, *(_number(published[key][x]) for x in LABELS)])
        for scored in scorings.values():
            by_class = scored["by_class"]
            figures = [_number(by_class[label].get(key)) for label in LABELS]
            rows.append([f"{_network(scored)} on {_part(scored)}", key, *figures])
    return "## By class\n\n" + _table(["network", "", *LABELS], rows)


def _details(folder: Path, name: str, scored: dict[str, Any]) -> str:
    by_class = [
        [label, row["n"], *(_number(row.get(key)) for key in ("recall", "precision"))]
        + [_number(row.get(key)) for key in ("specificity", "auc")]
        for label, row in scored["by_class"].items()
    ]
    keys = ("accuracy", "balanced_accuracy", "malignant_auc", "recall mel")
    subgroups = [
        [row["attribute"], row["value"], row["n"], row["melanomas"], row["classes"]]
        + [_number(row.get(key)) for key in keys]
        for row in scored["subgroups"]
    ]
    columns = ["n", "melanomas", "classes", "accuracy", "mean recall", "malignant AUC"]
    sha256, of_split = (scored[key]["sha256"][:12] for key in ("artifact", "split"))
    hashes = f"Network sha256 `{sha256}…`, split sha256 `{of_split}…`."
    what = f"{scored['n']} photographs of {scored['lesions']} lesions"
    plots = ["confusion", "roc", "reliability", "curves"]  # an ensemble has no curves
    shown = [
        f"![{one}]({name}/{one}.png)" for one in plots if (folder / name / f"{one}.png").is_file()
    ]
    return f"""## {name}

{_network(scored)} on {_part(scored)}: {what}. {hashes}

{" ".join(shown)}

{_table(["class", "n", "recall", "precision", "specificity", "AUC"], by_class)}
{_table(["group", "", *columns, "melanoma recall"], subgroups)}"""


def _network(scored: dict[str, Any]) -> str:
    return f"{scored['artifact']['name']} {scored['artifact']['version']}"


def _part(scored: dict[str, Any]) -> str:
    split, part = scored["split"]["name"], scored["split"]["part"]
    return str(split if part == "test" else f"{split} {part}")


def _leak(scored: dict[str, Any]) -> str:
    share, melanomas = (scored["trained_on"][key] for key in ("share", "share_of_melanomas"))
    return f"{share:.0%} (mel {melanomas:.0%})".replace("%", " %") if share else "0"


def _with_interval(name: str, figures: dict[str, float], ends: dict[str, list[float]]) -> str:
    if name not in figures or name not in ends:
        return _number(figures.get(name))
    low, high = ends[name]
    return f"{_number(figures[name])} ({low:.2f}–{high:.2f})"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _table(head: list[str], rows: list[list[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)
