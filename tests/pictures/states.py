"""The main states of the window, by name."""

from __future__ import annotations

from PySide6.QtCore import QPointF

from tests.pictures.stage import Stage


def welcome(stage: Stage) -> None:
    """What a first start shows."""
    stage.until(lambda: bool(stage.window.welcome.cards))


def empty(stage: Stage) -> None:
    """A new network."""
    stage.act("new")


def building(stage: Stage) -> None:
    """A network half built: the output has one unit for two classes, and one layer hangs loose."""
    from engine.data import DataSpec
    from engine.edits import SetData
    from engine.network import Network

    stage.act("new")
    net = Network()
    x = net.add("Input", id="points", position=(0.0, 0.0), shape=(2,))
    hidden = net.add("Dense", id="hidden", position=(260.0, 0.0), units=8, activation="tanh")
    loose = net.add("Dense", id="wide", position=(260.0, 210.0), units=16, activation="relu")
    output = net.add("Dense", id="output", position=(520.0, 0.0), units=1)
    loss = net.add("CrossEntropy", id="loss", position=(780.0, 0.0))
    for pair in ((x, hidden), (hidden, output), (output, loss), (x, loose)):
        net.connect(*pair)
    net.title = "My first network"
    stage.window.document.replace(net)
    stage.window.document.apply(SetData(DataSpec.of("spirals")), "Data")
    stage.settle(0.5)
    stage.window.canvas.view.fit()
    stage.window.canvas.view.pan(QPointF(0, 76))  # the list of problems hangs above
    stage.select("loss")
    stage.act("problems")


def spirals(stage: Stage) -> None:
    """Trained."""
    stage.open("spirals", 20_000)
    stage.select("hidden 2")


def digits(stage: Stage) -> None:
    """Real images, trained."""
    stage.open("digits", 400)
    stage.select("hidden 1" if "hidden 1" in stage.window.document.network.nodes else "dense1")


def backward(stage: Stage) -> None:
    """Stopped within the backward pass."""
    stage.open("spirals", 500)
    operations = stage.window.snapshot.instructions
    here = next(i for i, one in enumerate(operations) if one.phase == "backward" and one.layer == "hidden 2")
    stage.step_to(here)
    stage.select("hidden 2", "operations")


def chain(stage: Stage) -> None:
    """Every number of the four-neuron chain, on the way back."""
    stage.open("four_neuron_chain", 3)
    stage.step_to(next(row.index for row in stage.window.snapshot.instructions if row.outputs == ("a3.z.grad",)))
    stage.select("a3", "operations")


def units(stage: Stage) -> None:
    """Every unit as its map of the plane, every weight as a line."""
    stage.open("spirals", 20_000)
    stage.window.canvas.show_mode("units")
    stage.settle(0.5)
    stage.window.canvas.camera.fit()
    stage.select("hidden 2")


def digit_units(stage: Stage) -> None:
    """Units of a larger network."""
    stage.open("digits", 300)
    stage.window.canvas.show_mode("units")
    stage.settle(0.5)
    stage.window.canvas.camera.fit()


def convolution(stage: Stage) -> None:
    """Feature maps of real images."""
    stage.open("cnn_digits", 200)
    stage.select(next(id for id, node in stage.window.document.network.nodes.items() if node.kind == "Conv2D"))


def transformer(stage: Stage) -> None:
    """A text that is being learned."""
    stage.open("decoder_transformer", 100)
    nodes = stage.window.document.network.nodes
    stage.select(next(id for id, node in nodes.items() if node.kind == "EncoderBlock"))


def through_time(stage: Stage) -> None:
    """Gradients that fade and explode on the way back through the steps of a sequence."""
    stage.open("gradients_through_time", 1)
    stage.window.plots.flow.switch.choose(1)
    stage.select("fading")


def surface(stage: Stage, lesson: str = "spirals", steps: int = 10_000, kind: str = "path", as_map: bool = False):
    """The loss surface in a window of its own."""
    stage.open(lesson, steps)
    card = stage.window.plots.surface
    stage.act("surface")
    large = stage.window.control.around.large
    large.resize(stage.window.size())
    if kind != "path":
        card.kinds[kind].trigger()
        card.scales[True].trigger()
    card.surface.switch.choose(int(as_map))
    stage.until(lambda: not card.is_empty and card.around.of == 0 and card.around.landscape.steps[-1] == steps)
    card.measured.emit()
    stage.until(lambda: card.around.curvature is not None)
    stage.window.setFocus()
    return large


def surface_map(stage: Stage):
    """The same from above, of a network of two weights."""
    return surface(stage, "two_weights", 200, as_map=True)


def rugged(stage: Stage):
    """The loss around a deep network without shortcuts."""
    return surface(stage, "deep_plain", 1500, "random")


def smooth(stage: Stage):
    """The loss around the same network with shortcuts."""
    return surface(stage, "deep_residual", 1500, "random")


def csv(stage: Stage) -> None:
    """A table of the user's own."""
    from sklearn.datasets import load_iris

    from app.data_csv import open_csv

    stage.act("new")
    found = load_iris()
    head = ",".join(name.removesuffix(" (cm)") for name in found.feature_names) + ",species"
    rows = [
        ",".join(f"{value:g}" for value in row) + f",{found.target_names[kind]}"
        for row, kind in zip(found.data, found.target, strict=True)
    ]
    path = stage.home / "iris measured.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    dialog = open_csv(stage.window, str(path))
    stage.until(lambda: dialog.dataset is not None)


def palette(stage: Stage) -> None:
    """The command palette, while one types."""
    stage.open("spirals", 1000)
    stage.act("palette")
    stage.window.palette_box.field.setText("re")


STATES = {
    state.__name__: state
    for state in (
        welcome,
        empty,
        building,
        spirals,
        digits,
        backward,
        chain,
        units,
        digit_units,
        convolution,
        transformer,
        through_time,
        surface,
        surface_map,
        rugged,
        smooth,
        csv,
        palette,
    )
}
