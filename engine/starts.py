"""What the parameters of a network are before the first step: drawn from the seed, or read from a file of vectors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from numpy.typing import NDArray

from engine.data.files import beside
from engine.errors import DataError
from engine.initializers import initial

if TYPE_CHECKING:
    from engine.data import Dataset
    from engine.layers import Parameter
    from engine.network import Network


def first_values(network: Network, dataset: Dataset, parameters: dict[str, Parameter], seed: int,
                 files: bool = True) -> Iterator[tuple[str, NDArray]]:  # fmt: skip
    """The first value of each of `parameters`, by name. Raises DataError about a file of vectors.

    `files` False: as if no layer named one, for parameters that are about to be overwritten.
    """
    for name, parameter in parameters.items():
        layer, _, tensor = name.rpartition(".")
        first = initial(parameter, seed, name)
        path = network.nodes[layer].attrs.get("vectors", "") if files and tensor == "W" else ""
        yield name, _from_file(layer, beside(path, network.folder), dataset, first) if path else first


def _from_file(layer: str, path: str, dataset: Dataset, first: NDArray) -> NDArray:
    """`first` with the vectors of all words that the file and the data's vocabulary have in common."""
    from engine.data.glove import read_glove

    if dataset.vocabulary is None:
        raise DataError(f"{layer} starts from the vectors of words, but the data has no words; leave vectors empty.")
    try:
        table, known = read_glove(path, dataset.vocabulary).table(dataset.vocabulary, first)
    except DataError as error:
        raise DataError(f"{layer}: {error}") from error
    if not known:
        raise DataError(f"{layer}: {path} has a vector for none of the {len(first)} tokens of the data; "
                        "choose another file, or cut the text into words.")  # fmt: skip
    return table
