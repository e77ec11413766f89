"""Execute the notebooks on real data and keep their outputs, fit for the repository.

    python -m notebooks.execute --data DIR [NOTEBOOK …]

In place, every cell anew. Kept are numbers and charts; the outputs of cells tagged "photographs"
are not, since the data set's photographs stay out of the repository, nor is anything on stderr.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from traitlets.config import Config

NOTEBOOKS = Path(__file__).parent
PHOTOGRAPHS = "photographs"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def read(path: Path) -> NotebookNode:
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    return notebook


def execute(path: Path, folder: Path, variables: Mapping[str, str]) -> NotebookNode:
    """The notebook with the outputs of a fresh kernel, started in `folder`.

    `variables` are added to the environment. Raises `CellExecutionError` at the first cell that
    fails.
    """
    notebook = read(path)
    with TemporaryDirectory() as own:
        client = NotebookClient(
            notebook,
            timeout=None,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
            record_timing=False,
            coalesce_streams=True,
            # Sockets in a folder instead of open ports.
            config=Config({"KernelManager": {"transport": "ipc", "ip": f"{own}/kernel"}}),
        )
        # Nobody's own settings of IPython change an output.
        client.execute(env={**os.environ, "IPYTHONDIR": own, **variables})
    return notebook


def tidy(notebook: NotebookNode) -> None:
    """Leave out what is not for the repository, and what differs from machine to machine."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        kept = [output for output in cell.outputs if output.get("name") != "stderr"]
        cell.outputs = [] if PHOTOGRAPHS in cell.metadata.get("tags", ()) else kept


def text_of(notebook: NotebookNode) -> str:
    """All that is stored, but for the images: by chance their letters may spell anything."""
    return re.sub(r'"image/png": "[^"]*"', "", nbformat.writes(notebook))


def paths_in(notebook: NotebookNode, private: list[Path]) -> list[str]:
    """Those of the `private` folders that the notebook names anywhere."""
    text = text_of(notebook)
    return [str(folder) for folder in private if str(folder) in text]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m notebooks.execute", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--data", type=Path, required=True, help="HAM10000 as Kaggle lays it out")
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all", metavar="NOTEBOOK")
    options = parser.parse_args(arguments)
    data = options.data.resolve()
    for path in options.notebooks or sorted(NOTEBOOKS.glob("*.ipynb")):
        print(f"Executing {path} ...", flush=True)
        notebook = execute(path, NOTEBOOKS, {"HAM10000": str(data)})
        tidy(notebook)
        private = [data, NOTEBOOKS.resolve().parent, Path.home(), Path(gettempdir())]
        if found := paths_in(notebook, private):
            print(f"Not written: an output names {', '.join(found)}.", file=sys.stderr)
            return 1
        nbformat.write(notebook, path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
