"""The canvas with 200 to 10,000 layers: frames a second of panning, zooming and dragging, and how soon an edit shows.

``python -m tests.benchmarks.canvas 1000`` is one such run in a process of its own; it prints the figures as JSON.
"""

from __future__ import annotations

import json
import math
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.figures import Row, Table, disturbance

ROOT = Path(__file__).resolve().parents[2]
SIZES, EDITED = (200, 1_000, 10_000), 200
WIDTH, HEIGHT, SECONDS, FRAMES = 1280, 720, 1.5, 150
GOAL_FPS, GOAL_EDIT = 60.0, 16.0
TURNS = {"pan": "pan at 100 %", "far": "pan, all in view", "zoom": "zoom, all in view to 100 %", "drag": "drag a card"}


def tables() -> list[Table]:
    """Frames a second, and milliseconds from an edit to its shapes and problems on the screen."""
    disturbed, rows, edits = disturbance(), [], []
    for size in SIZES:
        found = _measured(size)
        for turn, words in TURNS.items():
            fps, late = found[turn]
            rows.append(Row(f"{size:,} layers: {words}", "fps", fps, goal=GOAL_FPS, note=f"95 % within {late:.1f} ms"))
        rows.append(Row(f"{size:,} layers: opened and painted", "ms", found["open"], better="less"))
        rows.append(Row(f"{size:,} layers: what lies under the pointer", "ms", found["hit"], better="less"))
        goal = GOAL_EDIT if size == EDITED else None
        for what in ("canvas", "window"):
            if what in found:
                middle, late = found[what]
                note = f"99 % within {late:.1f} ms"
                edits.append(
                    Row(f"{size:,} layers: edit shown, {what}", "ms", middle, goal=goal, better="less", note=note)
                )
    remark = disturbed or disturbance()
    return [Table("Canvas, 1280×720, raster", tuple(rows), remark), Table("Edits on the canvas", tuple(edits), remark)]


def _measured(size: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.canvas", str(size)]
    surroundings = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    done = subprocess.run(command, cwd=ROOT, env=surroundings, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def network_of(size: int):
    """Columns of Dense layers with 1.3 wires a layer; where two meet, they are added. All lead to the loss."""
    from app.card_size import COLUMN_GAP, ROW_GAP
    from app.card_size import HEIGHT as TALL
    from app.card_size import WIDTH as WIDE
    from engine.data import DataSpec
    from engine.layers import REGISTRY
    from engine.network import Network, Node, Wire
    from engine.training import Training

    draw, rows = random.Random(0), max(2, round(math.sqrt(size / 1.6)))
    nodes: dict[str, Node] = {}
    wires: list[Wire] = []

    def put(id: str, kind: str, column: int, row: int, **attrs: Any) -> None:
        place = (column * (WIDE + COLUMN_GAP), row * (TALL + ROW_GAP))
        nodes[id] = Node(id, kind, REGISTRY[kind].complete(attrs), place)

    def add(id: str, kind: str, column: int, row: int, sources: list[str], **attrs: Any) -> None:
        put(id, kind, column, row, **attrs)
        ports = nodes[id].ports
        wires.extend(Wire(source, id, port) for source, port in zip(sources, ports, strict=True))

    put("points", "Input", 0, rows // 2, shape=(2,))
    loose = dict[str, None]()
    for i in range(size - 4 - rows // 15):
        column, row = 1 + i // rows, i % rows
        sources = ["points"] if column == 1 else [f"n{i - rows}"]
        other = i - rows + draw.randint(1, 2)
        if column > 1 and draw.random() < 0.3 and other < i - row and other >= 0:
            sources.append(f"n{other}")
        kind = {"kind": "Add", "inputs": 2} if len(sources) == 2 else {"kind": "Dense", "units": 8}
        add(f"n{i}", column=column, row=row, sources=sources, **kind)
        loose = {id: None for id in loose if id not in sources} | {f"n{i}": None}
    ends, column = list(loose), 3 + size // rows
    while len(ends) > 1:  # an Add takes at most 16
        some, ends = ends[:16], ends[16:]
        add(f"sum{len(nodes)}", "Add", column, 2 * len(ends) // 16, some, inputs=len(some))
        ends.append(f"sum{len(nodes) - 1}")
        column += not len(ends) % 16
    add("output", "Dense", column + 1, rows // 2, ends, units=2)
    add("loss", "CrossEntropy", column + 2, rows // 2, ["output"])
    training = Training(batch_size=10)
    return Network(f"{size} layers", "", DataSpec.of("circles"), training, nodes, tuple(wires))


def run(size: int) -> dict[str, Any]:
    """All figures for one size."""
    from app.canvas import CanvasPanel
    from app.document import Document
    from app.main import make_application

    app = make_application("dark")
    panel = CanvasPanel(Document())
    panel.resize(WIDTH, HEIGHT)
    panel.show()
    settle(app)
    start = time.perf_counter()
    panel.document.replace(network_of(size))
    settle(app)
    found: dict[str, Any] = {"open": 1e3 * (time.perf_counter() - start)}
    for turn, prepare in (("pan", _near), ("far", _far), ("zoom", _far), ("drag", _near)):
        prepare(panel.view)
        settle(app)
        found[turn] = _frames(app, panel.view, _mover(turn, panel))
    found["hit"] = _hits(panel)
    _near(panel.view)
    found["canvas"] = _edits(app, panel.document, panel.view.viewport())
    panel.close()
    if size <= EDITED:
        found["window"] = _in_window(app, size)
    return found


def settle(app) -> None:
    """Let everything that waits happen, deletions too: outside of the program's own loop Qt puts those off for ever."""
    from PySide6.QtCore import QEvent

    for _ in range(6):
        app.processEvents()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _near(view) -> None:
    view._jump(1.0, view.canvas.network_rect().center())


def _far(view) -> None:
    view.fit()


def _frames(app, view, move) -> tuple[float, float]:
    """Frames a second, and the 95th percentile of a frame in milliseconds, while `move(k)` is called for each."""
    laps, begin = [], time.perf_counter()
    for k in range(FRAMES):
        start = time.perf_counter()
        move(k)
        app.processEvents()
        laps.append(time.perf_counter() - start)
        if time.perf_counter() - begin > SECONDS * 2:
            break
    return len(laps) / (time.perf_counter() - begin), 1e3 * statistics.quantiles(laps, n=20)[-1]


def _mover(turn: str, panel):
    from PySide6.QtCore import QPointF

    view = panel.view
    if turn == "zoom":
        least = view.scale_now
        return lambda k: view.zoom(least ** (1 - (k % 40) / 40) / view.scale_now)
    if turn == "drag":
        return _drag(panel)
    return lambda k: view.pan(QPointF(7, 3) if k % 60 < 30 else QPointF(-7, -3))


def _drag(panel):
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    view, port = panel.view, panel.view.viewport()
    middle = view.mapToScene(port.rect().center())
    nodes = panel.document.network.nodes
    id = min(nodes, key=lambda id: abs(nodes[id].position[0] - middle.x()) + abs(nodes[id].position[1] - middle.y()))
    x, y = nodes[id].position
    start = view.mapFromScene(x + 92, y + 90)
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=start)
    return lambda k: QTest.mouseMove(port, start + QPoint(2 * (k % 60), k % 40))


def _hits(panel) -> float:
    from app.canvas.ports import port_at

    view, laps = panel.view, []
    for k in range(200):
        where = view.mapToScene(40 + 6 * k, 30 + 3 * k)
        start = time.perf_counter()
        port_at(panel.scene, where, view.scale_now)
        laps.append(time.perf_counter() - start)
    return 1e3 * statistics.median(laps)


def _edits(app, document, port, rest=lambda: None) -> tuple[float, float]:
    """Milliseconds from an edit to its paint, median and 99th percentile: other units, a wire off and on."""
    from engine.edits import Connect, Disconnect, SetAttributes

    dense = [id for id, node in document.network.nodes.items() if node.kind == "Dense"]
    wire = document.network.wires[len(document.network.wires) // 2]
    laps = []
    for k in range(60 if len(dense) < 2_000 else 8):
        edit = (
            SetAttributes(dense[k % len(dense)], {"units": 8 + k % 2 * 8}) if k % 4 < 2
            else Disconnect(wire) if k % 4 == 2 else Connect(wire)
        )  # fmt: skip
        rest()
        start = time.perf_counter()
        document.apply(edit, "edit")
        port.repaint()
        laps.append(time.perf_counter() - start)
        settle(app)
    return 1e3 * statistics.median(laps), 1e3 * statistics.quantiles(laps, n=100, method="inclusive")[-1]


def _idle(app, window) -> None:
    """Until the session of the last edit stands."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        app.processEvents()
        if window.snapshot.generation == window.document.generation and not window.snapshot.busy:
            return
        time.sleep(0.002)


def _in_window(app, size: int) -> tuple[float, float]:
    from app.window import MainWindow

    window = MainWindow()
    window.resize(WIDTH, HEIGHT)
    window.show()
    end = time.monotonic() + 60
    while window.plots is None and time.monotonic() < end:
        app.processEvents()
    window.document.replace(network_of(size))
    window.show_work()
    settle(app)
    found = _edits(app, window.document, window.canvas.view.viewport(), lambda: _idle(app, window))
    window.document.undo_stack.setClean()
    window.close()
    return found


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]))))
