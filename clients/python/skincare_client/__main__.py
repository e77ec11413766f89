"""`python -m skincare_client login|classify|history`."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from pathlib import Path

from skincare_client import credentials
from skincare_client.batches import Failed, Outcome, classify_files
from skincare_client.client import Client
from skincare_client.downloads import download_csv, download_images
from skincare_client.errors import ApiError, SkincareError
from skincare_client.progress import Bar
from skincare_client.results import Details


def main(arguments: list[str] | None = None) -> int:
    """0 if all went well, else 1; 130 after Ctrl-C."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (SkincareError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m skincare_client", description=__doc__)
    commands = parser.add_subparsers(required=True)

    login = commands.add_parser("login", help="store a token for name and password")
    login.add_argument("url", help="of the service, such as https://lesions.example.org")
    login.add_argument("--username", help="asked for where it is missing")
    login.add_argument(
        "--password-stdin", action="store_true", help="read the password from the standard input"
    )
    login.set_defaults(run=_login)

    classify = commands.add_parser("classify", help="upload photographs and print their results")
    classify.add_argument("files", nargs="+", type=Path, metavar="FILE")
    classify.add_argument("--at-once", type=int, default=4, metavar="N", choices=range(1, 33))
    classify.add_argument("--note", default="", help="stored with each photograph")
    classify.add_argument("--body-site", default="", help="such as back or face")
    classify.add_argument("--json", action="store_true", help="one JSON object a line")
    classify.set_defaults(run=_classify)

    history = commands.add_parser("history", help="list the history, or download it")
    history.add_argument("--status", help="only with this status, such as succeeded")
    history.add_argument("--label", help="only of this class, such as mel")
    history.add_argument("--csv", type=Path, metavar="FILE", help="write a table for spreadsheets")
    history.add_argument(
        "--images", type=Path, metavar="DIR", help="download the photographs; goes on where it was"
    )
    history.set_defaults(run=_history)
    return parser


def _login(options: argparse.Namespace) -> int:
    username = options.username or input("User name: ")
    password = sys.stdin.readline().rstrip("\n") if options.password_stdin else getpass.getpass()
    try:
        known = credentials.login(options.url, username, password)
    except ApiError as error:
        if error.code != "otp_required":
            raise
        code = input("Code of your second factor: ")
        known = credentials.login(options.url, username, password, code)
    path = credentials.store(known)
    print(f"The token is kept in {path}.")
    return 0


def _classify(options: argparse.Namespace) -> int:
    details: Details = {"note": options.note, "body_site": options.body_site}
    complete = True
    bar = Bar(len(options.files))
    with Client.logged_in() as client:
        for outcome in classify_files(client, options.files, at_once=options.at_once, **details):
            bar.clear()
            print(_as_json(outcome) if options.json else _line(outcome), flush=True)
            bar.step()
            complete &= _succeeded(outcome)
    bar.clear()
    return 0 if complete else 1


def _succeeded(outcome: Outcome) -> bool:
    return not isinstance(outcome.result, Failed) and outcome.result["status"] == "succeeded"


def _as_json(outcome: Outcome) -> str:
    if isinstance(outcome.result, Failed):
        return json.dumps({"file": str(outcome.path), "error": outcome.result.message})
    return json.dumps({"file": str(outcome.path), **outcome.result})


def _line(outcome: Outcome) -> str:
    result = outcome.result
    if isinstance(result, Failed):
        return f"{outcome.path}: {result.message}"
    if result["error"] is not None:
        return f"{outcome.path}: {result['error']['message']}"
    if result["in_distribution"] is False:
        return f"{outcome.path}: does not look like a dermatoscopic photograph of a skin lesion"
    return f"{outcome.path}: {result['label']} {result['probability'] or 0:.1%}"


def _history(options: argparse.Namespace) -> int:
    filters = _given(status=options.status, label=options.label)
    with Client.logged_in() as client:
        if options.csv:
            download_csv(client, options.csv, **filters)
        if options.images:
            for path in download_images(client, options.images, **filters):
                print(path, flush=True)
        if not options.csv and not options.images:
            for prediction in client.history(**filters):
                print(prediction["created_at"], prediction["id"], prediction["status"],
                      prediction["label"] or "-", sep="  ")  # fmt: skip
    return 0


def _given(**fields: str | None) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}


if __name__ == "__main__":
    sys.exit(main())
