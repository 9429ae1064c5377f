"""CSV files: what is guessed, what is filled, what is fitted where, and how new rows are encoded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine.data import CsvPreview, Dataset, DataSpec, load, read_csv_preview
from engine.data.numerals import decimal_for, guess_decimal, number
from engine.errors import DataError

PLAIN = {"standardise": False, "validation": 0, "test": 0}


def csv(folder: Path, text: str | bytes, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(path: Path, **options: object) -> Dataset:
    dataset = load(DataSpec.of("csv", path=path, **{**PLAIN, **options}))
    order = np.argsort(dataset.train.rows)
    for values in (dataset.train.x, dataset.train.y, dataset.train.rows):
        values.flags.writeable = True
        values[:] = values[order]
    return dataset


def people(rows: int = 40) -> str:
    lines = ["id,age,city,member,constant,remark,income"]
    for k in range(rows):
        age, city = "" if k == 3 else str(20 + k), "?" if k == 5 else ("Rome", "Oslo", "Lima")[k % 3]
        lines.append(f'{k},{age},{city},{"yes" if k % 2 else "no"},7,"note, {k}",{1000.5 + k}')
    return "\n".join(lines)


def test_a_mixed_table(tmp_path: Path) -> None:
    dataset = read(csv(tmp_path, people()))
    assert dataset.task == "regression"
    assert dataset.target_names == ("income",)
    assert dataset.feature_names == ("age", "city=Lima", "city=Oslo", "city=Rome", "member=no", "member=yes")
    np.testing.assert_array_equal(dataset.train.x[:3], [[20, 0, 0, 1, 1, 0], [21, 0, 1, 0, 0, 1], [22, 1, 0, 0, 1, 0]])
    assert dataset.train.x[3, 0] == np.median([20 + k for k in range(40) if k != 3])
    np.testing.assert_array_equal(dataset.train.x[5, 1:4], [0, 0, 1])
    np.testing.assert_array_equal(dataset.train.y[:, 0], 1000.5 + np.arange(40))
    notes = "\n".join(dataset.notes)
    for words in ("'id' looks like an identifier", "'constant' has one value", "'remark' looks like an identifier",
                  "1 missing value in 'age' filled with the training rows' median, 40", "'Rome'"):  # fmt: skip
        assert words in notes
    assert notes in dataset.describe()


def test_everything_is_fitted_on_the_training_part(tmp_path: Path) -> None:
    lines = [f"{k},{'' if k % 7 == 0 else k * k},c{k % 3},{k % 2}" for k in range(60)]
    path = csv(tmp_path, "\n".join(["k,square,kind,odd", *lines]))
    dataset = load(DataSpec.of("csv", path=path, validation=0.3, test=0.2))
    train = sorted(dataset.train.rows)
    median = np.median([k * k for k in train if k % 7])
    squares = np.array([median if k % 7 == 0 else k * k for k in train])
    place = dataset.feature_names.index("square")
    assert dataset.scaler.centre[place] == pytest.approx(squares.mean())
    assert dataset.scaler.scale[place] == pytest.approx(squares.std())
    flags = dataset.x[:, [name.startswith("kind=") for name in dataset.feature_names]]
    assert set(np.unique(flags)) == {0.0, 1.0}
    assert dataset.class_names == ("0", "1")


def test_a_category_of_held_back_rows_has_no_flag(tmp_path: Path) -> None:
    lines = [f"{'rare' if k == 0 else 'ab'[k % 2]},{k},{k * 1.5}" for k in range(30)]
    path = csv(tmp_path, "\n".join(["kind,k,y", *lines]))
    for seed in range(40):
        dataset = load(DataSpec.of("csv", path=path, test=0, validation=0.5, split_seed=seed, standardise=False))
        if 0 in dataset.validation.rows:
            break
    assert dataset.feature_names == ("kind=a", "kind=b", "k")
    row = dataset.validation.x[list(dataset.validation.rows).index(0)]
    np.testing.assert_array_equal(row, [0, 0, 0])


@pytest.mark.parametrize(("text", "separator", "decimal"), [
    ("a,b,y\n1,2.5,3.5\n4,5,6.5\n", "comma", "point"),
    ("a;b;y\n1;2,5;3,5\n4;5;6,5\n", "semicolon", "comma"),
    ("a\tb\ty\n1\t2.5\t3.5\n4\t5\t6.5\n", "tab", "point"),
    ("a|b|y\n1|2.5|3.5\n4|5|6.5\n", "bar", "point"),
    ('a,b,y\n1,"2,5","3,5"\n4,5,"6,5"\n', "comma", "comma"),
    ("\ufeffa,b,y\r\n1,2.5,3.5\r\n\r\n4,5,6.5\r\n", "comma", "point"),
    (" a , b ,y\n 1 , 2.5, 3.5\n4,5,6.5", "comma", "point"),
    ("a,b,y\n1,2.5,3.5\n4,5,6.5\n,,\n", "comma", "point"),
])  # fmt: skip
def test_separators_decimals_and_line_ends(tmp_path: Path, text: str, separator: str, decimal: str) -> None:
    path = csv(tmp_path, text)
    dataset = read(path)
    np.testing.assert_array_equal(dataset.train.x, [[1, 2.5], [4, 5]])
    np.testing.assert_array_equal(dataset.train.y, [[3.5], [6.5]])
    assert dataset.feature_names == ("a", "b")
    preview = read_csv_preview(path)
    assert (preview.separator, preview.decimal, preview.header) == (separator, decimal, True)


def test_encodings_and_quotes(tmp_path: Path) -> None:
    text = 'größe,"sagt ""ja"", oder\nnein"\n1,x\n2,y\n3,x\n4,y\n'
    for encoding in ("utf-8", "utf-8-sig", "latin-1", "utf-16"):
        dataset = read(csv(tmp_path, text.encode(encoding)))
        assert dataset.feature_names == ("größe",)
        assert dataset.target_names == ('sagt "ja", oder\nnein',)
        assert dataset.class_names == ("x", "y")


def test_no_header(tmp_path: Path) -> None:
    path = csv(tmp_path, "5.1,3.5,setosa\n4.9,3.0,setosa\n7.0,3.2,other\n6.4,3.1,other\n")
    dataset = read(path)
    assert dataset.feature_names == ("column_1", "column_2")
    assert (dataset.class_names, len(dataset)) == (("other", "setosa"), 4)
    np.testing.assert_array_equal(dataset.encode_rows(csv(tmp_path, "1,2\n3,4\n", "b.csv")), [[1, 2], [3, 4]])
    np.testing.assert_array_equal(dataset.encode_rows(csv(tmp_path, "1,2,other\n", "b.csv")), [[1, 2]])
    with pytest.raises(DataError, match="4 columns and no header; 3 are needed"):
        dataset.encode_rows(csv(tmp_path, "1,2,3,4\n", "b.csv"))
    years = csv(tmp_path, "2019,2020\n1,1.5\n2,2.5\n3,3.5\n", "years.csv")
    assert read(years, header="yes").target_names == ("2020",)
    assert read(years, target="2020").feature_names == ("2019",)


@pytest.mark.parametrize(("values", "task", "names"), [
    (["yes", "no"] * 10, "classification", ("no", "yes")),
    (["0", "1"] * 10, "classification", ("0", "1")),
    (["10", "9", "1.0", "1"] * 5, "classification", ("1", "9", "10")),
    ([str(k) for k in range(20)], "regression", ()),
    (["0.5", "1.5"] * 10, "regression", ()),
    (["0", "1", "2", ""] * 5, "classification", ("0", "1", "2")),
])  # fmt: skip
def test_task_is_guessed(tmp_path: Path, values: list[str], task: str, names: tuple[str, ...]) -> None:
    path = csv(tmp_path, "x,y\n" + "".join(f"{k * 0.5},{value}\n" for k, value in enumerate(values)))
    dataset = read(path, target="y")
    assert (dataset.task, dataset.class_names) == (task, names)
    assert len(dataset) == sum(value != "" for value in values)
    if "" in values:
        assert "5 rows without a value in 'y' are left out." in dataset.notes


def test_options_overrule_guesses(tmp_path: Path) -> None:
    text = "zip,size,y\n" + "".join(f"{10115 + k % 3},{k}.5,{k % 4}\n" for k in range(20))
    path = csv(tmp_path, text)
    assert read(path).feature_names == ("zip", "size")
    assert read(path, categories=["zip"]).feature_names == ("zip=10115", "zip=10116", "zip=10117", "size")
    assert read(path, ignore=["zip"]).feature_names == ("size",)
    assert read(path, task="regression").task == "regression"
    assert read(path, task="classification", target="zip").class_names == ("10115", "10116", "10117")
    assert read(path, target="zip", categories=["zip"]).task == "classification"
    assert read(path, target="size").task == "regression"
    gaps = csv(tmp_path, "a,y\n1,0\nnan,1\n3,0\n5,1\n", "nan.csv")
    np.testing.assert_array_equal(read(gaps, nan="missing").train.x[:, 0], [1, 3, 3, 5])


def test_relative_path_is_sought_beside_the_project(tmp_path: Path) -> None:
    csv(tmp_path, "a,y\n1,0\n2,1\n")
    dataset = load(DataSpec.of("csv", path="a.csv", **PLAIN), tmp_path)
    assert (dataset.name, len(dataset)) == ("a.csv", 2)
    with pytest.raises(DataError, match="cannot be read"):
        load(DataSpec.of("csv", path="a.csv"), tmp_path / "elsewhere")


def test_new_rows(tmp_path: Path) -> None:
    dataset = load(DataSpec.of("csv", path=csv(tmp_path, people())))
    path = csv(tmp_path, "member,extra,city,age\nyes,1,Oslo,33\nno,2,Paris,\n", "new.csv")
    x = dataset.encode_rows(path)
    assert x.shape == (2, len(dataset.feature_names))
    flags = [name for name, value in zip(dataset.feature_names, x[1], strict=True) if value == 1]
    assert flags == ["member=no"], "a city never seen in training counts as none of the known ones"
    assert dataset.inverse_transform(x)[0, 0] == pytest.approx(33)
    frame = pd.read_csv(path)
    np.testing.assert_array_equal(dataset.encode_rows(frame), x)
    np.testing.assert_array_equal(dataset.encode_rows(str(path)), x)
    semicolons = csv(tmp_path, "member;city;age\nyes;Oslo;33,0\nno;Paris;\n", "semi.csv")
    np.testing.assert_array_equal(dataset.encode_rows(semicolons), x)


def test_a_data_frame_of_a_table_with_decimal_commas(tmp_path: Path) -> None:
    dataset = read(csv(tmp_path, "a;y\n1,5;2,5\n2,125;3,5\n3,5;1,5\n"))
    frame = pd.DataFrame({"a": [1.125, 1e-7, 1234.5, 3]})
    np.testing.assert_array_equal(dataset.encode_rows(frame)[:, 0], frame["a"])


def test_bad_new_rows(tmp_path: Path) -> None:
    dataset = load(DataSpec.of("csv", path=csv(tmp_path, people())))
    for text, words in (
        ("age,city\n1,Oslo\n", "lacks the column 'member'; it has: 'age', 'city'"),
        ("age,city,member\n1,Oslo,yes\ntwo,Oslo,no\n", r"line 3, column 'age': 'two' is not a number"),
        ("age,city,member\ninf,Oslo,yes\n", "not finite"),
        ("age,city,member\n", "only a header"),
        ("", "is empty"),
    ):
        with pytest.raises(DataError, match=words):
            dataset.encode_rows(csv(tmp_path, text, "new.csv"))
    frame = pd.DataFrame([[1, 2]], columns=["a", "a"])
    for rows, words in ((frame, "twice"), (frame[:0].iloc[:, :1], "no rows"), ([[1]], "DataFrame"), (None, "path")):
        with pytest.raises(DataError, match=words):
            dataset.encode_rows(rows)
    with pytest.raises(DataError, match="cannot be read"):
        dataset.encode_rows(tmp_path / "none.csv")


def test_new_rows_of_a_bundled_set(tmp_path: Path) -> None:
    iris = load(DataSpec.of("iris"))
    header = ",".join(f'"{name}"' for name in reversed(iris.feature_names))
    x = iris.encode_rows(csv(tmp_path, f"{header}\n0.2,1.4,3.5,5.1\n"))
    np.testing.assert_allclose(iris.inverse_transform(x), [[5.1, 3.5, 1.4, 0.2]])
    np.testing.assert_array_equal(iris.encode_rows(csv(tmp_path, "5.1,3.5,1.4,0.2\n")), x)
    with pytest.raises(DataError, match=r"line 1, column 'sepal width \(cm\)' is empty"):
        iris.encode_rows(csv(tmp_path, "5.1,,1.4,0.2\n"))
    chain = load(DataSpec.of("table", columns=["x", "t"], rows=[[0.5, 1]]))
    np.testing.assert_array_equal(chain.encode_rows(csv(tmp_path, "x\n2\n3\n")), [[2], [3]])


def test_preview(tmp_path: Path) -> None:
    preview = read_csv_preview(csv(tmp_path, people()))
    assert isinstance(preview, CsvPreview)
    assert {column.name: column.kind for column in preview.columns} == {
        "id": "identifier", "age": "numeric", "city": "category", "member": "category", "constant": "constant",
        "remark": "identifier", "income": "numeric",
    }  # fmt: skip
    city = next(column for column in preview.columns if column.name == "city")
    assert (city.distinct, city.missing, city.examples[0]) == (3, 1, "Rome")
    assert (preview.rows, len(preview.head), preview.target, preview.task) == (40, 20, "income", "regression")
    assert preview.problem == ""
    broken = read_csv_preview(csv(tmp_path, people().replace("\n9,29", "\n9,oops")))
    assert "line 11, column 'age': 'oops'" in broken.problem
    assert broken.head
    with pytest.raises(DataError, match="max_megabytes is 0"):
        read_csv_preview(tmp_path / "a.csv", max_megabytes=0)


@pytest.mark.parametrize(("cell", "decimal", "value"), [
    ("1", ".", 1), ("-1.5e3", ".", -1500), (".5", ".", 0.5), ("5.", ".", 5), ("1,234.5", ".", 1234.5),
    ("1,5", ",", 1.5), ("1.234,5", ",", 1234.5), (",5", ",", 0.5), ("1,23", ".", None), ("1.5", ",", None),
    ("", ",", None), ("-", ",", None), ("e5", ".", None), ("1_000", ".", None), ("٣", ".", None), ("0x10", ".", None),
    ("nan", ".", None), ("inf", ",", None),
])  # fmt: skip
def test_numbers(cell: str, decimal: str, value: float | None) -> None:
    assert number(cell, decimal) == value


def test_decimal_guesses() -> None:
    assert (
        guess_decimal(["1,5", "2"], ";") == guess_decimal(["1.234", "1,5"], ",") == guess_decimal(["1,234"], ";") == ","
    )
    assert (
        guess_decimal(["1,234"], ",") == guess_decimal(["a.b", "1"], ";") == guess_decimal(["1,234", "0.5"], ";") == "."
    )
    assert decimal_for(["1.5"], ",") == decimal_for(["1"], ".") == "."
    assert decimal_for(["1,5"], ".") == decimal_for(["1.500"], ",") == ","
