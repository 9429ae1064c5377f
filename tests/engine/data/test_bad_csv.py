"""Malformed CSV files: each ends in one DataError with the file, the line where there is one, and what to do."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.data import DataSpec, load, read_csv_preview
from engine.errors import DataError

GOOD = "a,b,y\n1,x,0\n2,z,1\n3,x,0\n4,z,1\n"
LONG = (GOOD + GOOD[6:] * 2).encode()


def refused(path: Path, **options: object) -> str:
    with pytest.raises(DataError) as caught:
        load(DataSpec.of("csv", path=path, **options))
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(("content", "words"), [
    (b"", "is empty"),
    (b" \n\n \n", "is empty"),
    (b"\xef\xbb\xbf", "no cells"),
    (b",,,\n,,\n", "no cells"),
    (b"a,b,y\n", "only a header"),
    (b"a,b,y", "only a header"),
    (b"a\n1\n2\n", "one column only"),
    (b"PK\x03\x04" + bytes(100), "export it as CSV"),
    (b"\xd0\xcf\x11\xe0" + bytes(100), "export it as CSV"),
    (bytes(range(256)) * 10, "binary"),
    (b"a,b\n1,\x002\n", "binary"),
    (b"\xff\xfea\x00,\xd8\x00\xd8", "utf-16"),
    (b"a,b,y\n1,2,3\n4,5\n6,7,8\n", "line 3: 2 cells, but the first row has 3 (separator: comma)"),
    (b"a,b,y\n1,2,3\n4,5,6,7\n", "line 3: 4 cells"),
    (b'a,b,y\n1,"two\nlines",3\n4,5\n', "line 4: 2 cells"),
    (b'a,b,y\n1,2,3\n4,"open,6\n7,8,9\n', "line 3: unexpected end of data; look for a quotation mark"),
    (b'a,b,y\n1,2,3\n4,"x"y,6\n', "line 3: "),
    (b"a,a,y\n1,2,3\n", "line 1: the column name 'a' stands there 2 times"),
    (b"a,b,y\n1,2,0\n3,4,0\n", "the target 'y' has one class only, '0'"),
    (b"a,b,y\n1,2,\n3,4,\n", "0 rows with a value in 'y'"),
    (b"a,b,y\n1,2,1\n3,4,\n", "1 rows with a value in 'y'"),
    (b"a,b,y\n1,2,0\nnan,4,1\n3,2,1\n", "line 3, column 'a': 'nan' is not a number; leave the cell empty, or set nan"),
    (b"a,b,y\n1,2,0\n2,-inf,1\n3,2,1\n", "line 3, column 'b': '-inf' is not finite"),
    (b"a,b,y\n1,2,0.5\n2,3,NaN\n3,2,1.5\n", "line 3, column 'y': 'NaN'"),
    (b"a,b,y\n1,2,0.5\n2,3,one\n3,2,1.5\n", "line 3, column 'y': 'one'"),
    (b"a,b,y\n1,2,0\n2,oops,1\n3,2,1\n", "line 3, column 'b': 'oops' is not a number like the rest"),
    (b"a,b,y\n1,2,0\n2,1e999,1\n3,2,1\n", "line 3, column 'b': '1e999' is too large"),
    (b"a,2019,y\n1,2,0\n2,3,1\n3,4,0\n", "set header to yes"),
    (b"a,b,y\n1,2,p\n1,2,q\n1,2,p\n", "no column to learn from beside the target 'y'. Column 'a' has one value"),
    (b"a,b,y\n1,2,p\n2,2,q\n3,2,r\n", "the target 'y' has 3 distinct texts in 3 rows"),
])  # fmt: skip
def test_malformed(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    assert words in refused(path)


@pytest.mark.parametrize(("options", "words"), [
    ({"target": "price"}, "has no column 'price'. Its columns are: a, b, y."),
    ({"target": "Y"}, "has no column 'Y'. Did you mean"),
    ({"ignore": ["c"]}, "no column 'c'"),
    ({"categories": ["c"]}, "no column 'c'"),
    ({"task": "regression", "target": "b"}, "'x' is not a number"),
    ({"separator": "tab"}, "one column only"),
    ({"header": "no"}, "If line 1 holds names, set header to yes"),
    ({"ignore": ["a", "b"]}, "no column to learn from"),
])  # fmt: skip
def test_options_that_do_not_fit(tmp_path: Path, options: dict, words: str) -> None:
    path = tmp_path / "good.csv"
    path.write_text(GOOD.replace("y", "yy", 1) if options.get("target") == "Y" else GOOD)
    assert words.replace("Did you mean", "") in refused(path, **options)


def test_a_near_name_is_suggested(tmp_path: Path) -> None:
    path = tmp_path / "good.csv"
    path.write_text("height,weight\n1,2\n2,4.5\n3,6\n")
    assert "Did you mean 'weight'?" in refused(path, target="wieght")


def test_the_target_cannot_be_ignored(tmp_path: Path) -> None:
    path = tmp_path / "good.csv"
    path.write_text(GOOD)
    with pytest.raises(DataError, match="choose another target"):
        load(DataSpec.of("csv", path=path, ignore=["y"]))


def test_size_is_refused_before_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "big.csv"
    with open(path, "wb") as file:
        file.truncate(600 * 10**6)
    monkeypatch.setattr("builtins.open", lambda *_: pytest.fail("the file was opened"))
    assert "600.0 MB, but max_megabytes allows 512 MB" in refused(path)


def test_what_is_no_file(tmp_path: Path) -> None:
    assert "folder" in refused(tmp_path)
    assert "cannot be read" in refused(tmp_path / "none.csv")
    for path in ("", "a\0b"):
        with pytest.raises(DataError):
            load(DataSpec.of("csv", path=path))
    if os.path.exists("/dev/zero"):
        assert "device" in refused(Path("/dev/zero"))


def test_a_huge_cell_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(GOOD + "5," + "x" * 200_000 + ",1\n")
    assert "line 6: field larger than field limit" in refused(path)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=200),
        st.text(alphabet='ab01.,;\t"\n -?nié', max_size=120).map(str.encode),
        st.tuples(st.integers(0, 60), st.binary(min_size=1, max_size=3)).map(
            lambda change: LONG[: change[0]] + change[1] + LONG[change[0] + 1 :]
        ),
    )
)
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "fuzz.csv"
    path.write_bytes(content)
    spec = DataSpec.of("csv", path=path)
    try:
        dataset = load(spec)
    except DataError as error:
        assert len(str(error)) > 20  # noqa: PT017 - either outcome is right, and each is checked
        return
    assert len(dataset.train) > 0
    assert np.isfinite(dataset.x).all()
    assert dataset.encode_rows(path).shape == (read_csv_preview(path).rows, *dataset.shape)
