"""The spec kind "idx": images and their labels in two files of the format of MNIST (LeCun, Cortes, Burges 1998).

Such a file begins with two zero bytes, the type of its numbers, how many dimensions it has, and their sizes as
big-endian 32-bit numbers; then come the numbers, the last dimension running fastest.
"""

from __future__ import annotations

import gzip
import math
import os
import zlib
from io import BytesIO
from typing import Any

import numpy as np

from engine.data.bundled import images
from engine.data.files import beside, read_bytes
from engine.data.raw import Raw
from engine.errors import DataError

_BYTE = 8
_TYPES = {8: "unsigned bytes", 9: "signed bytes", 11: "16-bit numbers", 12: "32-bit numbers", 13: "floats",
          14: "doubles"}  # fmt: skip
_HOLDS = {1: "labels", 3: "images"}


def idx_raw(options: dict[str, Any], folder: str | os.PathLike[str] | None) -> tuple[Raw, str]:
    """Pixels and labels, and a name for the data set. Raises DataError."""
    path = beside(options["images"], folder)
    pixels = read_idx(path, 3, options)
    named = beside(options["labels"], folder) or _labels_beside(path)
    labels = read_idx(named, 1, options)
    if len(labels) != len(pixels):
        raise DataError(f"{path} holds {len(pixels):,} images, but {named} holds {len(labels):,} labels; "
                        "choose the two files that belong together.")  # fmt: skip
    kept = min(options["limit"] or len(pixels), len(pixels))
    notes = (f"The first {kept:,} of {len(pixels):,} images.",) if kept < len(pixels) else ()
    if labels[:kept].max() == labels[:kept].min():
        raise DataError(f"{named}: all {kept:,} images have the label {labels[0]}; there is nothing to learn.")
    return images(pixels[:kept], labels[:kept], options["layout"], notes), os.path.basename(path)


def _labels_beside(path: str) -> str:
    """Where MNIST keeps the labels of the images in `path`."""
    folder, name = os.path.split(path)
    guess = os.path.join(folder, name.replace("images", "labels").replace("idx3", "idx1"))
    if guess == path or not os.path.isfile(guess):
        raise DataError(f"idx: labels is empty, and no file of labels lies beside {path}; choose it.")
    return guess


def read_idx(path: str, dimensions: int, options: dict[str, Any]) -> np.ndarray:
    """uint8 with `dimensions` dimensions from a plain or gzipped IDX file. Raises DataError naming what is wrong."""
    what = _HOLDS[dimensions]
    data = read_bytes(path, options["max_megabytes"], f"idx: {what}", "an IDX file", "use fewer images")
    data = _unpacked(path, data, options["max_megabytes"] * 10**6)
    _check_head(path, data, dimensions)
    start = 4 + 4 * dimensions
    sizes = tuple(int.from_bytes(data[k : k + 4], "big") for k in range(4, start, 4))
    if len(data) < start or not all(sizes):
        told = "its head is cut off" if len(data) < start else f"its size is {' × '.join(map(str, sizes))}"
        raise DataError(f"{path} holds no {what}: {told}. Get the file anew.")
    want, have = math.prod(sizes), len(data) - start
    if have != want:
        told, fault = " × ".join(f"{size:,}" for size in sizes), "cut off" if have < want else "damaged"
        raise DataError(f"{path} should hold {told} bytes of {what}, but it has {have:,}; it is {fault}, "
                        "so get the file anew.")  # fmt: skip
    return np.frombuffer(data, np.uint8, offset=start).reshape(sizes)


def _unpacked(path: str, data: bytes, most: int) -> bytes:
    """The content of a gzipped file, never more than `most` bytes of it; other data as it is."""
    if data[:2] != b"\x1f\x8b":
        return data
    try:
        with gzip.GzipFile(fileobj=BytesIO(data)) as packed:
            content = packed.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"{path} cannot be unpacked ({error}); it is cut off or damaged, so get the file anew."
        ) from error
    if len(content) > most:
        raise DataError(f"{path} holds more than {most // 10**6} MB once it is unpacked; raise max_megabytes, "
                        "or use fewer images.")  # fmt: skip
    return content


def _check_head(path: str, data: bytes, dimensions: int) -> None:
    what = _HOLDS[dimensions]
    magic = data[:4]
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _TYPES or not magic[3]:
        cure = "unpack it first" if magic[:4] == b"PK\3\4" else f"choose a file of {what} in the format of MNIST"
        raise DataError(f"{path} is no IDX file: it begins with {magic.hex(' ') or 'nothing'}; {cure}.")
    if magic[2] != _BYTE:
        raise DataError(f"{path} holds {_TYPES[magic[2]]}; {what} must be unsigned bytes.")
    if magic[3] != dimensions:
        holds = _HOLDS.get(magic[3], f"{magic[3]} dimensions")
        raise DataError(f"{path} holds {holds}, not {what}; choose the file of {what}.")
