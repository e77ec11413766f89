"""`python -m ml COMMAND`: the network's side of the project."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

from ml.artifact import ARTIFACTS, ArtifactError, active_name, read_artifact
from ml.ham10000 import DataError
from ml.options import parser
from ml.recipe import RECIPES, Recipe

VAR = Path(os.environ.get("SKINCARE_DATA_DIR", "var")) / "ml"


def main(arguments: list[str] | None = None) -> int:
    options = parser(__doc__).parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        status = COMMANDS[options.command](options)
    except (ArtifactError, DataError) as error:
        print(error, file=sys.stderr)
        return 1
    return status


def _split_path(split: str) -> Path:
    return Path(split) if split.endswith(".csv") else VAR / "splits" / f"{split}.csv"


# Each command imports what it needs when it runs, so that --help answers at once.


def _prepare(options: argparse.Namespace) -> int:
    from ml.prepare import prepare

    path = options.output or _split_path(options.split)
    prepare(options.data, options.split, options.folds, path)
    if options.export_folders:
        from ml.export import export_folders
        from ml.split import read_split

        images = export_folders(
            options.export_folders, options.data, read_split(path), copy=options.copy
        )
        print(f"{images} images in {options.export_folders}")
    return 0


def _pack(options: argparse.Namespace) -> int:
    from ml.pack import pack

    split = _split_path(options.split)
    images = pack(options.data, split, options.height, options.quality, options.output)
    print(f"{images} images in {options.output}")
    return 0


def _train(options: argparse.Namespace) -> int:
    from ml.train import train

    if options.network not in RECIPES:
        sys.exit(f"There is no network {options.network!r}; there are: {', '.join(RECIPES)}.")
    given = {field.name: getattr(options, field.name, None) for field in fields(Recipe)}
    if options.teachers:
        given["teachers"] = tuple(options.teachers)
    recipe = replace(
        RECIPES[options.network], **{name: x for name, x in given.items() if x is not None}
    )
    split = _split_path(options.split)
    run = options.run_dir or VAR / "runs" / f"{options.network}-{split.stem}"
    output = ARTIFACTS / options.artifact if options.artifact else run / "artifact"
    try:
        checkpoints = train(recipe, options.data, split, run, resume=options.resume)
    except KeyboardInterrupt:
        sys.exit(f"Stopped. {run} keeps every whole epoch: the same command with --resume goes on.")
    if options.checkpoints_only:
        return 0
    from ml.publish import write_artifact

    write_artifact(checkpoints, split, output)
    print(output)
    return 0


def _ensemble(options: argparse.Namespace) -> int:
    from ml.publish_ensemble import write_ensemble

    output = ARTIFACTS / options.artifact
    write_ensemble([read_artifact(member) for member in options.members], output)
    print(output)
    return 0


def _average(options: argparse.Namespace) -> int:
    from ml.publish_ensemble import write_average

    output = ARTIFACTS / options.artifact
    write_average([read_artifact(one) for one in options.members], options.size, output)
    print(output)
    return 0


def _compile(options: argparse.Namespace) -> int:
    from ml.compile import compile_artifact

    compile_artifact(read_artifact(options.artifact).folder, options.form)
    return 0


def _calibrate(options: argparse.Namespace) -> int:
    from ml.calibrate import calibrate, summary

    artifact = options.artifact or active_name()
    print(summary(calibrate(artifact, options.data, _split_path(options.split))))
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from ml.evaluate import evaluate, summary

    artifact = options.artifact or active_name()
    split = _split_path(options.split)
    folder = f"{artifact.strip('/').replace('/', '-')}-on-{split.stem}-{options.part}"
    output = options.output or VAR / "results" / folder
    print(summary(evaluate(artifact, options.data, split, options.part, output)))
    print(f"metrics.json and plots: {output}")
    return 0


def _results(options: argparse.Namespace) -> int:
    from ml.results import write_tables

    print(f"{write_tables(options.folder)} scorings: {options.folder / 'README.md'}")
    return 0


def _predict(options: argparse.Namespace) -> int:
    from ml.predict import print_predictions

    return print_predictions(options.artifact or active_name(), options.files, as_json=options.json)


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "prepare": _prepare,
    "pack": _pack,
    "train": _train,
    "ensemble": _ensemble,
    "average": _average,
    "compile": _compile,
    "calibrate": _calibrate,
    "evaluate": _evaluate,
    "results": _results,
    "predict": _predict,
}


if __name__ == "__main__":
    sys.exit(main())
