"""The options of `python -m ml COMMAND`."""

from __future__ import annotations

import argparse
from pathlib import Path

from ml.recipe import SAMPLINGS

DATA = "HAM10000 as Kaggle lays it out"
RESULTS = Path("docs/results")


def parser(description: str | None) -> argparse.ArgumentParser:
    """Of all commands; `command` in what it parses is which."""
    whole = argparse.ArgumentParser(prog="python -m ml", description=description)
    commands = whole.add_subparsers(required=True, metavar="COMMAND", dest="command")
    _add_prepare(commands.add_parser("prepare", help="check HAM10000's folder and write a split"))
    _add_pack(commands.add_parser("pack", help="down-size what trains and validates into one file"))
    _add_train(commands.add_parser("train", help="train a network and write it as an artefact"))
    _add_ensemble(commands.add_parser("ensemble", help="put trained networks together as one"))
    _add_average(commands.add_parser("average", help="one network of the mean of others' weights"))
    _add_compile(commands.add_parser("compile", help="write the form of a network that is served"))
    _add_calibrate(commands.add_parser("calibrate", help="fit temperature and thresholds"))
    _add_evaluate(commands.add_parser("evaluate", help="score an artefact: metrics.json, plots"))
    _add_results(commands.add_parser("results", help="the tables of all scorings under a folder"))
    _add_predict(commands.add_parser("predict", help="the seven percentages for each file"))
    return whole


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


def _add_pack(pack: argparse.ArgumentParser) -> None:
    _data_options(pack)
    pack.add_argument("--height", type=_positive, default=256, help="default: 256 pixels")
    pack.add_argument("--quality", type=_positive, default=80, help="of WebP (default: 80)")
    pack.add_argument("--output", type=Path, required=True, metavar="FILE.zip")


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
    train.add_argument(
        "--left-out-fold", type=int, help="a fold on neither side, for a teacher's training"
    )
    train.add_argument("--patience", type=_positive, help="validations without a better one")
    train.add_argument("--validate-every", type=_positive, metavar="EPOCHS", help="default: 1")
    train.add_argument(
        "--teacher",
        action="append",
        type=Path,
        dest="teachers",
        metavar="FILE",
        help="validation.csv of another training; give it once for each",
    )
    train.add_argument("--teacher-share", type=float, help="of what is learnt, the rest is labels")
    _training_from_and_to(train)


def _training_from_and_to(train: argparse.ArgumentParser) -> None:
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
    train.add_argument(
        "--checkpoints-only",
        action="store_true",
        help="write no artefact: for a machine without TensorFlow; --resume elsewhere writes it",
    )
    train.add_argument("--resume", action="store_true", help="go on after the last checkpoint")
    train.add_argument(
        "--initial-weights", type=Path, metavar="FILE", help="begin with these: a second round"
    )
    train.add_argument(
        "--mixed-precision", action="store_const", const=True, help="compute in bfloat16"
    )


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


def _add_average(averages: argparse.ArgumentParser) -> None:
    _add_ensemble(averages)
    averages.add_argument("--size", type=_positive, required=True, help="of its input, in pixels")


def _add_compile(compiles: argparse.ArgumentParser) -> None:
    compiles.add_argument("--artifact", required=True, help="a name or a folder")
    compiles.add_argument("--form", choices=("float32", "dynamic-int8"), default="float32")


def _add_calibrate(calibrate: argparse.ArgumentParser) -> None:
    _data_options(calibrate)
    calibrate.add_argument("--artifact", help="a name or a folder (default: the active one)")


def _add_evaluate(evaluate: argparse.ArgumentParser) -> None:
    _data_options(evaluate)
    evaluate.add_argument("--artifact", help="a name or a folder (default: the active one)")
    evaluate.add_argument("--part", default="test", help="test (default), validation, fold0 …")
    evaluate.add_argument(
        "--output", type=Path, help="default: var/ml/results/ARTIFACT-on-SPLIT-PART"
    )


def _add_results(results: argparse.ArgumentParser) -> None:
    results.add_argument("--folder", type=Path, default=RESULTS, help=f"default: {RESULTS}")


def _add_predict(predict: argparse.ArgumentParser) -> None:
    predict.add_argument("--artifact", help="a name or a folder (default: the active one)")
    predict.add_argument("--json", action="store_true", help="one JSON object a line")
    predict.add_argument("files", nargs="+", type=Path, metavar="FILE")


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
