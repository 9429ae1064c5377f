"""Labels and numbers in one target: from a table, a CSV file and a bundled set, and what the losses take of it."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

import engine
from engine.data import Dataset, DataSpec, load

ROWS = [(0.1 * k, 0.3 * (k % 3), "abc"[k % 3], 2.0 * k) for k in range(30)]
TABLE = {"columns": ["p", "q", "kind", "size"], "rows": ROWS, "targets": ["kind", "size"]}


def two_heads(data: DataSpec, features: int, classes: int = 3, label: int = 0, number: int = 1) -> engine.Network:
    """A shared hidden layer, one head for the class and one for the number."""
    net = engine.Network(data=data)
    entry, hidden = net.add("Input", shape=(features,)), net.add("Dense", id="hidden", units=8, activation="tanh")
    net.connect(entry, hidden)
    heads = (("CrossEntropy", "kind", classes, {"first_column": label}),
             ("SquaredError", "size", 1, {"first_column": number, "columns": 1}))  # fmt: skip
    for kind, id, units, attrs in heads:
        net.connect(hidden, net.add("Dense", id=id, units=units))
        net.connect(id, net.add(kind, id=f"{id} loss", **attrs))
    return net


def test_a_table_with_text_and_numbers() -> None:
    dataset = load(DataSpec.of("table", **TABLE))
    assert dataset.task == "mixed"
    assert dataset.target_classes == (("a", "b", "c"), ())
    assert dataset.classes == 0
    np.testing.assert_array_equal(dataset.train.y[:4], [[0, 0], [1, 2], [2, 4], [0, 6]])
    assert "kind (3 classes), size" in dataset.summary


def csv(folder: Path, **options: object) -> Dataset:
    path = folder / "t.csv"
    lines = ["p,q,kind,size", *(",".join(map(str, row)) for row in ROWS)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return load(DataSpec.of("csv", path=str(path), **options))


def test_columns_of_a_csv_file(tmp_path: Path) -> None:
    dataset = csv(tmp_path, target="size", more_targets=["kind"], standardise_target=True)
    assert dataset.task == "mixed"
    assert dataset.target_names == ("size", "kind")
    assert dataset.feature_names == ("p", "q")
    assert set(dataset.train.y[:, 1]) == {0.0, 1.0, 2.0}  # labels stay as they are
    assert abs(dataset.train.y[:, 0].mean()) < 1e-12
    numbers = csv(tmp_path, target="size", more_targets=["q"])
    assert numbers.task == "regression"
    assert numbers.train.y.shape[1] == 2
    assert csv(tmp_path, target="kind").task == "classification"


def test_a_column_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(engine.ChainruleError, match="no column 'sise'"):
        csv(tmp_path, more_targets=["sise"])


def test_a_measurement_is_predicted_instead_of_read() -> None:
    dataset = load(DataSpec.of("wine", also="alcohol"))
    assert dataset.task == "mixed"
    assert dataset.shape == (12,)
    assert "alcohol" not in dataset.feature_names
    assert dataset.target_names == ("cultivator", "alcohol")
    assert load(DataSpec.of("diabetes", also="bp")).task == "regression"
    assert load(DataSpec.of("iris")).task == "classification"


@pytest.mark.parametrize("kind", ["iris", "wine", "breast_cancer", "diabetes"])
def test_every_measurement_can_be_chosen(kind: str) -> None:
    names = load(DataSpec.of(kind)).feature_names
    also = next(entry for entry in DataSpec.of(kind).source.attributes if entry.name == "also")
    assert also.choices == ("none", *names)


def test_every_loss_has_a_score_of_its_own() -> None:
    s = engine.Session.from_network(two_heads(DataSpec.of("table", **{**TABLE, "validation": 0.3}), 2))
    s.train(epochs=50)
    rows = s.dataset.validation
    outputs = s.evaluator.values(s.parameter_block(), rows.x, ["kind.a", "size.a"])
    figures = s.evaluate("validation")
    assert figures["accuracy"] == figures["kind loss.accuracy"] == np.mean(outputs["kind.a"].argmax(1) == rows.y[:, 0])
    rest = np.sum((outputs["size.a"][:, 0] - rows.y[:, 1]) ** 2)
    spread = np.sum((rows.y[:, 1] - rows.y[:, 1].mean()) ** 2)
    assert figures["size loss.r2"] == pytest.approx(1 - rest / spread, rel=1e-6)


def test_a_column_of_two_classes_by_one_probability() -> None:
    rows = [(0.1 * k, "ab"[k >= 15], 2.0 * k) for k in range(30)]
    data = DataSpec.of("table", columns=["p", "kind", "size"], rows=rows, targets=["kind", "size"])
    net = engine.Network(data=data)
    net.connect(net.add("Input", shape=(1,)), net.add("Dense", id="out", units=1))
    net.connect("out", net.add("BinaryCrossEntropy", id="tell", columns=1))
    net.connect("out", net.add("SquaredError", id="size", first_column=1, columns=1, weight=0.0))
    s = engine.Session.from_network(net)
    s.train(epochs=300)
    assert s.evaluate("train")["accuracy"] >= 0.8
    assert "size.r2" in s.evaluate("train")


def test_losses_agree_with_numpy_and_with_networks_of_one_target() -> None:
    net = two_heads(DataSpec.of("table", **TABLE), 2)
    assert net.check(net.data) == []
    s = engine.Session.from_network(net, dtype="float64")
    x, y = s.dataset.train.x, s.dataset.train.y
    total, logits, size = s.loss(), s.values["kind.a"], s.values["size.a"]
    log_p = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    cross = -np.mean(log_p[np.arange(len(x)), y[:, 0].astype(int)])
    squared = np.mean((size[:, 0] - y[:, 1]) ** 2)
    assert total == pytest.approx(cross + squared, rel=1e-12)
    figures = s.evaluate("train")
    assert figures["kind loss.loss"] == pytest.approx(cross, rel=1e-9)
    assert figures["size loss.loss"] == pytest.approx(squared, rel=1e-9)
    assert figures["accuracy"] == np.mean(logits.argmax(1) == y[:, 0])
    assert max(engine.gradcheck(s).values()) < 1e-6


def test_it_learns_both_in_batches_and_backwards() -> None:
    net = two_heads(DataSpec.of("wine", also="alcohol", standardise_target=True), 12)
    s = engine.Session(net, net.data, optimizer="adam", learning_rate=0.01, batch_size=16)
    s.train(epochs=40)
    figures = s.evaluate("validation")
    assert figures["accuracy"] >= 0.94
    assert figures["size loss.loss"] < 0.8
    after = s.parameters["hidden.W"].copy()
    for _ in range(2 * len(s.instructions)):
        s.step_back()
    s.train(steps=2)
    np.testing.assert_array_equal(s.parameters["hidden.W"], after)


@pytest.mark.parametrize(("label", "number", "words"), [
    (1, 1, "column 1 of the data's target is a number"), (0, 0, "holds classes"), (0, 2, "which has 2"),
    (2, 1, "is a number"),
])  # fmt: skip
def test_a_column_of_the_wrong_kind(label: int, number: int, words: str) -> None:
    net = two_heads(DataSpec.of("table", **TABLE), 2, label=label, number=number)
    problems = net.check(net.data)
    assert any(words in problem.message for problem in problems), problems
    with pytest.raises(engine.ChainruleError):
        engine.Session.from_network(net)


def test_too_few_units_for_the_classes_of_a_column() -> None:
    (problem,) = (net := two_heads(DataSpec.of("table", **TABLE), 2, classes=2)).check(net.data)
    assert "3 classes" in problem.message


def test_batch_norm_with_one_row() -> None:
    net = engine.Network(data=DataSpec.of("iris"))
    ids = [net.add("Input", shape=(4,)), net.add("BatchNorm", id="norm"), net.add("Dense", units=3),
           net.add("CrossEntropy")]  # fmt: skip
    for one, other in itertools.pairwise(ids):
        net.connect(one, other)
    assert net.check(net.data) == []
    net.training = engine.network.Training(batch_size=1)
    (problem,) = net.check(net.data)
    assert (problem.layer, problem.severity) == ("norm", "error")
    engine.Session(net, net.data, batch_size=2).train(steps=1)
    with pytest.raises(engine.ChainruleError, match="no variance"):
        engine.Session(net, net.data, batch_size=1)


def test_no_last_batch_is_smaller_than_the_others() -> None:
    """One row is left over by the batches of an epoch: it comes with rows of the next one."""
    net = two_heads(DataSpec.of("wine", also="alcohol"), 12)
    rows = len(load(net.data).train)
    s = engine.Session(net, net.data, batch_size=(rows - 1) // 3)
    assert s.steps_per_epoch == 4
    for _ in range(5):
        s.train(steps=1)
        assert len(s.view(s.batch[0])) == (rows - 1) // 3
        assert s.view(s.batch[0]).std(0).min() > 0


def test_padding_is_that_of_the_data() -> None:
    net = engine.load(engine.files.LESSONS / "reversal.chainrule")
    masks = [node.id for node in net.nodes.values() if node.kind == "PaddingMask"]
    net.set(masks[0], padding=0)
    (problem,) = net.check(net.data)
    assert (problem.layer, problem.severity) == (masks[0], "warning")
    assert "12" in problem.suggestion
