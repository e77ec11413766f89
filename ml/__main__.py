"""`python -m ml COMMAND`: the network's side of the project."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import fields, replace
from pathlib import Path

from ml.artifact import ARTIFACTS, ArtifactError, active_name, read_artifact
from ml.ham10000 import DataError
from ml.recipe import RECIPES, SAMPLINGS, Recipe

DATA = "HAM10000 as Kaggle lays it out"
RESULTS = Path("docs/results")
VAR = Path(os.environ.get("SKINCARE_DATA_DIR", "var")) / "ml"


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        status: int = options.run(options)
    except (ArtifactError, DataError) as error:
        print(error, file=sys.stderr)
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ml", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_prepare(commands.add_parser("prepare", help="check HAM10000's folder and write a split"))
    _add_train(commands.add_parser("train", help="train a network and write it as an artefact"))
    _add_ensemble(commands.add_parser("ensemble", help="put trained networks together as one"))
    _add_average(commands.add_parser("average", help="one network of the mean of others' weights"))
    _add_compile(commands.add_parser("compile", help="write the form of a network that is served"))
    _add_calibrate(commands.add_parser("calibrate", help="fit temperature and thresholds"))
    _add_evaluate(commands.add_parser("evaluate", help="score an artefact: metrics.json, plots"))
    _add_results(commands.add_parser("results", help="the tables of all scorings under a folder"))
    _add_predict(commands.add_parser("predict", help="the seven percentages for each file"))
    return parser


def _add_prepare(prepare: argparse.ArgumentParser) -> None:
    prepare.add_argument("--data", type=Path, required=True, help=DATA)
    prepare.add_argument(
        "--split",
        choices=("seed", "lesion"),
        default="lesion",
        help="seed: the reference's, by image; lesion (default): no lesion on two sides",
    )
    prepare.add_argument("--folds", type=_folds, default=5, help="folds of the split by lesion")
    prepare.add_argument("--output", type=Path, help="default: var/ml/splits/SPLIT.csv")
    prepare.add_argument(
        "--export-folders",
        type=Path,
        metavar="DIR",
        help="also link the images to train/validation/test × class",
    )
    prepare.add_argument("--copy", action="store_true", help="copy them instead of linking")
    prepare.set_defaults(run=_prepare)


def _add_train(train: argparse.ArgumentParser) -> None:
    _data_options(train)
    train.add_argument("--network", default="alexnet", help="default: alexnet")
    # What is not given comes from the network's own recipe in ml/recipe.py.
    train.add_argument("--epochs", type=_positive, help="at most")
    train.add_argument("--batch", type=_positive)
    train.add_argument("--size", type=_positive, help="width and height of the input, in pixels")
    train.add_argument("--learning-rate", type=float, help="its peak")
    train.add_argument("--weight-decay", type=float)
    train.add_argument("--label-smoothing", type=float)
    train.add_argument("--sampling", choices=SAMPLINGS)
    train.add_argument("--augmentation", help="a name in ml/augmentation.py")
    train.add_argument("--mixup", type=float, help="Beta's parameter; 0 for none")
    train.add_argument("--seed", type=int)
    train.add_argument("--fold", type=int, dest="validation_fold", help="the fold that validates")
    train.add_argument("--patience", type=_positive, help="epochs without a better one")
    train.add_argument(
        "--backbone", metavar="FILE", help="pretrained weights (default: Keras downloads them)"
    )
    train.add_argument(
        "--run-dir", type=Path, help="checkpoints (default: var/ml/runs/NETWORK-SPLIT)"
    )
    train.add_argument(
        "--artifact",
        metavar="NAME",
        help="write the artefact to ml/artifacts/NAME, which may end in -VERSION "
        "(default: RUN-DIR/artifact)",
    )
    train.add_argument("--resume", action="store_true", help="go on after the last checkpoint")
    train.add_argument(
        "--initial-weights", type=Path, metavar="FILE", help="begin with these: a second round"
    )
    train.add_argument(
        "--mixed-precision", action="store_const", const=True, help="compute in bfloat16"
    )
    train.set_defaults(run=_train)


def _add_ensemble(ensemble: argparse.ArgumentParser) -> None:
    ensemble.add_argument(
        "--member",
        action="append",
        required=True,
        dest="members",
        metavar="ARTIFACT",
        help="a name or a folder; give it once for each",
    )
    ensemble.add_argument(
        "--artifact", metavar="NAME", required=True, help="write to ml/artifacts/NAME"
    )
    ensemble.set_defaults(run=_ensemble)


def _add_average(averages: argparse.ArgumentParser) -> None:
    _add_ensemble(averages)
    averages.add_argument("--size", type=_positive, required=True, help="of its input, in pixels")
    averages.set_defaults(run=_average)


def _add_compile(compiles: argparse.ArgumentParser) -> None:
    compiles.add_argument("--artifact", required=True, help="a name or a folder")
    compiles.set_defaults(run=_compile)


def _add_calibrate(calibrate: argparse.ArgumentParser) -> None:
    _data_options(calibrate)
    calibrate.add_argument("--artifact", help="a name or a folder (default: the active one)")
    calibrate.set_defaults(run=_calibrate)


def _add_evaluate(evaluate: argparse.ArgumentParser) -> None:
    _data_options(evaluate)
    evaluate.add_argument("--artifact", help="a name or a folder (default: the active one)")
    evaluate.add_argument("--part", default="test", help="test (default), validation, fold0 …")
    evaluate.add_argument(
        "--output", type=Path, help="default: var/ml/results/ARTIFACT-on-SPLIT-PART"
    )
    evaluate.set_defaults(run=_evaluate)


def _add_results(results: argparse.ArgumentParser) -> None:
    results.add_argument("--folder", type=Path, default=RESULTS, help=f"default: {RESULTS}")
    results.set_defaults(run=_results)


def _add_predict(predict: argparse.ArgumentParser) -> None:
    predict.add_argument("--artifact", help="a name or a folder (default: the active one)")
    predict.add_argument("--json", action="store_true", help="one JSON object a line")
    predict.add_argument("files", nargs="+", type=Path, metavar="FILE")
    predict.set_defaults(run=_predict)


def _data_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help=DATA)
    parser.add_argument(
        "--split",
        default="lesion",
        help="seed, lesion (default), or a CSV that prepare wrote elsewhere",
    )


def _folds(text: str) -> int:
    folds = int(text)
    if folds < 2:
        raise argparse.ArgumentTypeError("there have to be two folds at least")
    return folds


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("it has to be 1 or more")
    return number


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


def _train(options: argparse.Namespace) -> int:
    from ml.publish import write_artifact
    from ml.train import train

    if options.network not in RECIPES:
        sys.exit(f"There is no network {options.network!r}; there are: {', '.join(RECIPES)}.")
    given = {field.name: getattr(options, field.name, None) for field in fields(Recipe)}
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

    compile_artifact(read_artifact(options.artifact).folder)
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


if __name__ == "__main__":
    sys.exit(main())
