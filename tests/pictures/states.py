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


def own_window(stage: Stage, view: str, lesson: str, steps: int, kind: str = ""):
    """A view in a window of its own, of a trained network; `kind` of layer that is selected."""
    stage.open(lesson, steps)
    card = stage.window.plots.show_view(view)
    if kind:
        stage.select(first_of(stage, kind))
    stage.settle(0.5)
    own = stage.window.plots.area.docks[view].open_window()
    own.resize(1000, 620)
    stage.until(lambda: not card.is_empty)
    stage.settle(0.5)
    return own


def first_of(stage: Stage, kind: str) -> str:
    """The first layer of a kind."""
    return next(id for id, node in stage.window.document.network.nodes.items() if node.kind == kind)


def timeline(stage: Stage):
    """Two branches, made by another rate and by another optimiser in the past of a run."""
    from dataclasses import replace

    from engine.edits import SetTraining

    stage.open("spirals", 6000)
    window = stage.window
    window.plots.show_view("timeline")
    for step, change, branches in (
        (2000, {"learning_rate": 0.1}, 2),
        (3500, {"optimizer": "adam", "learning_rate": 0.01}, 3),
    ):
        window.control.timeline.go(step, 1)
        stage.until(lambda step=step: window.snapshot.steps == step and not window.snapshot.moving)
        training = replace(window.document.network.training, **change)
        window.document.apply(SetTraining(training), "Training")
        stage.until(lambda n=branches: not window.snapshot.busy and len(window.snapshot.timeline.branches) == n)
        for _ in range(30):
            goal = window.snapshot.steps + 100
            window.worker.run(100)
            stage.until(lambda goal=goal: window.snapshot.steps >= goal and window.snapshot.state == "paused")
    window.control.timeline.go(3000, 2)
    stage.until(lambda: window.snapshot.steps == 3000 and not window.snapshot.moving)
    stage.select("hidden 2")


def flow_time(stage: Stage):
    """ReLUs that die."""
    return own_window(stage, "flow_time", "dying_relu", 800)


def histograms(stage: Stage):
    """Activations of a deep sigmoid network over time."""
    return own_window(stage, "histograms", "vanishing_gradients", 1500)


def race(stage: Stage):
    """Who zigzags in a ravine."""
    stage.open("ravine")
    card = stage.window.plots.show_view("race")
    own = stage.window.plots.area.docks["race"].open_window()
    own.resize(1000, 620)
    stage.settle(0.3)
    card.start.click()
    stage.settle(4.0)
    return own


def curvature(stage: Stage):
    """The largest eigenvalues while a network learns."""
    stage.open("spirals")
    card = stage.window.plots.show_view("curvature")
    own = stage.window.plots.area.docks["curvature"].open_window()
    own.resize(1000, 620)
    stage.window.worker.run(60_000)
    stage.until(lambda: stage.window.snapshot.steps >= 60_000)
    stage.until(lambda: not card.is_empty)
    stage.settle(1.0)
    return own


def examples(stage: Stage):
    """What the network gets most wrong."""
    return own_window(stage, "examples", "digits", 300)


def draw(stage: Stage):
    """An example of the data on the sheet, and what the network takes it for."""
    own = own_window(stage, "draw", "digits", 400)
    stage.window.plots.cards["draw"].take_example()
    stage.settle(0.6)
    return own


def curve(stage: Stage):
    """A curve drawn by hand, and the one hidden layer that fits it."""
    return own_window(stage, "curve", "drawn_curve", 6000)


def sampled(stage: Stage):
    """What a network that reads Shakespeare makes up."""
    return own_window(stage, "sampled", "decoder_transformer", 150)


def filters(stage: Stage):
    """Kernels of a convolutional network."""
    return own_window(stage, "filters", "cnn_digits", 200, "Conv2D")


def attention(stage: Stage):
    """Who looks at whom, in a network that reverses strings."""
    return own_window(stage, "attention", "reversal", 400)


def embedding(stage: Stage):
    """What the last hidden layer makes of the digits."""
    return own_window(stage, "embedding", "digits", 400)


def plane(stage: Stage):
    """Thirteen measurements of wines, on the plane in which they differ most."""
    return own_window(stage, "plane", "wine", 200)


def regions(stage: Stage):
    """The pieces of the plane on which a ReLU network is straight."""
    return own_window(stage, "regions", "linear_regions", 3000)


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
        timeline,
        flow_time,
        histograms,
        race,
        curvature,
        examples,
        draw,
        curve,
        sampled,
        filters,
        attention,
        embedding,
        plane,
        regions,
        csv,
        palette,
    )
}
