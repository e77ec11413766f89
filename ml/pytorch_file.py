"""The arrays of a file that PyTorch saved, read without PyTorch.

Only the form before PyTorch 1.6, in which the weights of EfficientNet-Lite are published: pickles
(a magic number, a version, the system, the state, the keys of the storages), then the storages.
The pickles may name nothing but tensors, so that a file from elsewhere can run nothing.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ml.ham10000 import DataError

Arrays = dict[str, npt.NDArray[Any]]
TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class Tensor(NamedTuple):
    """Where its numbers lie in a storage: from `offset` on, `strides` apart along each side."""

    storage: str
    dtype: np.dtype[Any]
    offset: int
    size: tuple[int, ...]
    strides: tuple[int, ...]


def read_state(path: Path) -> Arrays:
    """Name → array, in the file's order. Raises `DataError` for any other file."""
    try:
        with path.open("rb") as file:
            for _ in range(3):
                _Unpickler(file).load()
            tensors: dict[str, Tensor] = _Unpickler(file).load()
            dtypes = {tensor.storage: tensor.dtype for tensor in tensors.values()}
            keys: list[str] = _Unpickler(file).load()
            storages = {key: _storage(file, dtypes[key]) for key in keys}
            return {name: _array(storages, tensor) for name, tensor in tensors.items()}
    except (pickle.UnpicklingError, ValueError, KeyError, EOFError, TypeError) as error:
        raise DataError(f"{path} is no state of a network that PyTorch saved: {error}") from error


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in TYPES:
            return TYPES[name]
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        raise pickle.UnpicklingError(f"it names {module}.{name}")

    def persistent_load(self, reference: Any) -> tuple[str, np.dtype[Any]]:
        _, dtype, key, *_ = reference
        return key, dtype


def _tensor(
    storage: tuple[str, np.dtype[Any]],
    offset: int,
    size: tuple[int, ...],
    strides: tuple[int, ...],
    *_: object,
) -> Tensor:
    key, dtype = storage
    return Tensor(key, dtype, offset, tuple(size), tuple(strides))


def _storage(file: IO[bytes], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    length = int.from_bytes(file.read(8), "little")
    return np.frombuffer(file.read(length * dtype.itemsize), dtype)


def _array(storages: Arrays, tensor: Tensor) -> npt.NDArray[Any]:
    numbers = storages[tensor.storage]
    places = np.full(tensor.size, tensor.offset)
    for side, stride in zip(np.indices(tensor.size), tensor.strides, strict=True):
        places += side * stride
    array: npt.NDArray[Any] = numbers[places]
    return array
