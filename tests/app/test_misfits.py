"""A network that does not suit its data says so where it is wrong."""

from __future__ import annotations

from engine.data import DataSpec
from engine.edits import SetAttributes, SetData


def test_what_does_not_fit_the_data_stands_on_its_card(live):
    live.open("spirals")
    window, document = live.window, live.window.document
    document.apply(SetData(DataSpec.of("plane")), "Data")  # numbers, but the loss compares classes
    live.until(lambda s: s.state == "failed" and s.generation == document.generation)
    loss = next(id for id, node in document.network.nodes.items() if node.layer.is_loss)
    assert [problem.layer for problem in document.report.errors] == [loss]
    assert "compares classes" in window.canvas.scene.nodes[loss].card.problems[0]
    assert window.canvas.problems_button.isVisible()
    assert not window.banner.isVisible()
    window.canvas.select_layer(loss)
    assert window.right.layer_panel.problems.isVisibleTo(window.right.layer_panel)
    document.undo_stack.undo()
    assert document.report.errors == []
    live.until(lambda s: s.state == "ready" and s.generation == document.generation)
    assert not window.canvas.scene.nodes[loss].card.problems


def test_more_outputs_than_classes_are_marked_while_it_runs(live):
    live.open("spirals")
    window, document = live.window, live.window.document
    document.apply(SetAttributes("output", {"units": 4}), "Units")
    live.until(lambda s: s.state == "ready" and s.generation == document.generation)
    card = window.canvas.scene.nodes["loss"].card
    assert card.warning
    assert "4 outputs come in" in card.problems[0]
    count = len(document.report.problems)
    window.worker.run(50)
    live.until(lambda s: s.steps == 50)
    assert len(document.report.problems) == count
    document.undo_stack.undo()
    assert document.report.problems == []
