"""Images in the format of MNIST, whole and in every way broken."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.data import Dataset, DataSpec, load
from engine.errors import DataError

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (40, 5, 4), dtype=np.uint8)
LABELS = (np.arange(40) % 3).astype(np.uint8)


def idx(array: np.ndarray, kind: int = 8) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, kind, array.ndim, *array.shape) + array.tobytes()


def write(folder: Path, images: bytes | None = None, labels: bytes | None = None) -> tuple[Path, Path]:
    paths = folder / "t-images-idx3-ubyte", folder / "t-labels-idx1-ubyte"
    for path, wanted, usual in zip(paths, (images, labels), (idx(PIXELS), idx(LABELS)), strict=True):
        path.write_bytes(usual if wanted is None else wanted)
    return paths


def read(folder: Path, images: bytes | None = None, labels: bytes | None = None, **options: object) -> Dataset:
    path, beside = write(folder, images, labels)
    return load(DataSpec.of("idx", images=path, labels=beside, **options))


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_images_and_labels_come_in_order(tmp_path: Path, pack) -> None:
    dataset = read(tmp_path, pack(idx(PIXELS)), pack(idx(LABELS)), test=0)
    assert (dataset.name, dataset.task, dataset.shape) == ("t-images-idx3-ubyte", "classification", (5, 4))
    assert (dataset.image_shape, dataset.classes, len(dataset)) == ((5, 4), 3, 40)
    for part in (dataset.train, dataset.validation):
        assert part.x.dtype == np.float32
        np.testing.assert_array_equal(part.x, PIXELS[part.rows].astype(np.float32) / np.float32(255))
        np.testing.assert_array_equal(part.y, LABELS[part.rows])
    assert "divided by 255" in dataset.describe()


def test_rows_flat_few_and_standardised(tmp_path: Path) -> None:
    assert read(tmp_path, layout="flat").shape == (20,)
    few = read(tmp_path, limit=10)
    assert len(few) == 10
    assert "The first 10 of 40 images." in few.notes
    scaled = read(tmp_path, standardise=True)
    np.testing.assert_allclose(scaled.train.x.mean(0), 0, atol=1e-6)


def test_labels_are_found_beside_the_images(tmp_path: Path) -> None:
    path, labels = write(tmp_path)
    assert load(DataSpec.of("idx", images=path.name), tmp_path).classes == 3
    labels.unlink()
    with pytest.raises(DataError, match="no file of labels lies beside"):
        load(DataSpec.of("idx", images=path))
    with pytest.raises(DataError, match="idx: images is empty; choose a file"):
        load(DataSpec.of("idx"))


@pytest.mark.parametrize(("images", "labels", "words"), [
    (b"", None, "no IDX file: it begins with nothing"),
    (b"\0\0\x08", None, "no IDX file: it begins with 00 00 08"),
    (b"PK\3\4" + bytes(99), None, "unpack it first"),
    (b"\x89PNG" + bytes(99), None, "no IDX file: it begins with 89 50 4e 47"),
    (idx(PIXELS, 13), None, "holds floats; images must be unsigned bytes"),
    (idx(LABELS), None, "holds labels, not images; choose the file of images"),
    (None, idx(PIXELS), "holds images, not labels"),
    (idx(PIXELS[:, :, :, None]), None, "holds 4 dimensions, not images"),
    (idx(PIXELS)[:10], None, "its head is cut off"),
    (idx(PIXELS[:0]), None, "its size is 0 × 5 × 4"),
    (idx(PIXELS)[:-1], None, "should hold 40 × 5 × 4 bytes of images, but it has 799; it is cut off"),
    (idx(PIXELS) + b"x", None, "but it has 801; it is damaged"),
    (struct.pack(">HBB3I", 0, 8, 3, 2**32 - 1, 2**32 - 1, 2**32 - 1), None, "cut off"),
    (None, idx(LABELS[:39]), "holds 40 images, but .* holds 39 labels"),
    (None, idx(np.zeros(40, np.uint8)), "all 40 images have the label 0"),
    (gzip.compress(idx(PIXELS), mtime=0)[:-9], None, "cannot be unpacked"),
    (gzip.compress(idx(PIXELS), mtime=0)[:20] + b"xxxx", None, "cannot be unpacked"),
    (gzip.compress(bytes(1_000_002), mtime=0), None, "holds more than 1 MB once it is unpacked"),
    (bytes(1_000_001), None, "max_megabytes allows 1 MB"),
])  # fmt: skip
def test_broken_files(tmp_path: Path, images: bytes | None, labels: bytes | None, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        read(tmp_path, images, labels, max_megabytes=1)
    assert "-ubyte" in str(caught.value)


@pytest.mark.parametrize("name", ["gone", "."])
def test_what_is_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=r"cannot be read|folder"):
        load(DataSpec.of("idx", images=str(tmp_path / name), labels=str(tmp_path / name)))


WHOLE = {"images": idx(PIXELS), "labels": idx(LABELS), "packed": gzip.compress(idx(PIXELS), mtime=0)}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(which=st.sampled_from(sorted(WHOLE)), place=st.integers(0, 60), new=st.binary(min_size=1, max_size=4),
       cut=st.integers(0, 900))  # fmt: skip
def test_any_mutation_loads_or_is_refused(tmp_path: Path, which: str, place: int, new: bytes, cut: int) -> None:
    data = WHOLE[which]
    place = place % len(data)
    data = (data[:place] + new + data[place + len(new) :])[
        : max(0, len(data) - cut // 3 if cut % 3 == 0 else len(data))
    ]
    try:
        dataset = read(tmp_path, None if which == "labels" else data, data if which == "labels" else None)
    except DataError:
        return
    assert len(dataset) == 40
    assert 0 <= dataset.x.min() <= dataset.x.max() <= 1
    assert 0 <= dataset.y.min() <= dataset.y.max() < dataset.classes
