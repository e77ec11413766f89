"""`python -m ml prepare|train|evaluate|predict`: the network's side of the project."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from ml.artifact import ArtifactError, active_name
from ml.ham10000 import DataError

VAR = Path(os.environ.get("SKINCARE_DATA_DIR", "var")) / "ml"
SPLIT = VAR / "splits" / "lesion.csv"


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
    commands = parser.add_subparsers(required=True, metavar="prepare|train|evaluate|predict")

    prepare = commands.add_parser("prepare", help="check the HAM10000 folder and write the split")
    _data_options(prepare)
    prepare.set_defaults(run=_prepare)

    train = commands.add_parser("train", help="train a network and write it as an artefact")
    _data_options(train)
    train.add_argument("--network", default="alexnet")
    train.add_argument("--epochs", type=int, default=15)
    train.add_argument("--batch", type=int, default=32)
    train.add_argument("--learning-rate", type=float, default=1e-3)
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--fold", type=int, default=0, help="the fold that validates")
    train.add_argument("--run-dir", type=Path, help="checkpoints (default: var/ml/NETWORK)")
    train.add_argument("--resume", action="store_true", help="go on after the last checkpoint")
    train.add_argument("--mixed-precision", action="store_true", help="compute in bfloat16")
    train.set_defaults(run=_train)

    evaluate = commands.add_parser("evaluate", help="score an artefact and note it in its card")
    _data_options(evaluate)
    evaluate.add_argument("--artifact", default=None, help="default: the active one")
    evaluate.add_argument("--part", default="test", help="test (default) or fold0 … fold4")
    evaluate.set_defaults(run=_evaluate)

    predict = commands.add_parser("predict", help="the seven percentages for each file")
    predict.add_argument("--artifact", default=None, help="default: the active one")
    predict.add_argument("--json", action="store_true", help="one JSON object a line")
    predict.add_argument("files", nargs="+", type=Path, metavar="FILE")
    predict.set_defaults(run=_predict)
    return parser


def _data_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="HAM10000 as Kaggle lays it out")
    parser.add_argument("--split", type=Path, default=SPLIT, help=f"CSV (default: {SPLIT})")


# Each command imports what it needs when it runs, so that --help answers at once.


def _prepare(options: argparse.Namespace) -> int:
    from ml.ham10000 import check_images, read_records
    from ml.split import split_by_lesion, write_split

    records = read_records(options.data)
    check_images(options.data, records)
    write_split(options.split, records, split_by_lesion(records))
    print(f"{len(records)} images split by lesion: {options.split}")
    return 0


def _train(options: argparse.Namespace) -> int:
    from ml.networks import NETWORKS
    from ml.train import Recipe, train

    if options.network not in NETWORKS:
        sys.exit(f"There is no network {options.network!r}; there are: {', '.join(NETWORKS)}.")
    recipe = Recipe(
        network=options.network,
        epochs=options.epochs,
        batch=options.batch,
        learning_rate=options.learning_rate,
        seed=options.seed,
        validation_fold=options.fold,
        mixed_precision=options.mixed_precision,
    )
    run = options.run_dir or VAR / options.network
    print(train(recipe, options.data, options.split, run, resume=options.resume))
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from ml.evaluate import evaluate

    return evaluate(options.artifact or active_name(), options.data, options.split, options.part)


def _predict(options: argparse.Namespace) -> int:
    from ml.predict import print_predictions

    return print_predictions(options.artifact or active_name(), options.files, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
