"""Every view beside a training, on every kind of data: it draws something or says why not, and nothing goes wrong."""

from __future__ import annotations

import logging

import pytest

from app.plots.views import views
from app.watches.base import Trouble


@pytest.fixture(scope="module")
def wide(app):
    from app.window import MainWindow
    from tests.app.conftest import LESSONS, Answers, Live

    window = MainWindow()
    window.control.to_open = str(LESSONS / "xor.chainrule")
    window.control.ask = lambda *_: True
    window.files.dialogs = Answers()
    window.resize(1500, 900)
    window.show()
    running = Live(window, app)
    running.until(lambda s: s.state == "ready" and window.plots is not None)
    yield running
    window.close()
    app.processEvents()
    assert not window.worker.alive
    window.deleteLater()


@pytest.mark.parametrize(
    "lesson",
    ["circles", "drawn_curve", "wine", "diabetes", "denoising_autoencoder", "reversal", "gradients_through_time"],
)
def test_every_view_beside_a_training(wide, lesson, caplog):
    caplog.set_level(logging.ERROR, logger="chainrule")
    window = wide.window
    wide.open(lesson)
    layers = [id for id, node in window.document.network.nodes.items() if node.kind not in ("Input", "Tokens")]
    window.canvas.select_layer(layers[len(layers) // 2])
    window.worker.run()
    for id in views():
        card = window.plots.show_view(id)
        wide.until(lambda s, id=id: id in window.plots.seen and (id in s.views or id not in _watched()))
        before = window.snapshot.steps
        wide.until(lambda s, before=before: s.steps > before)
        card.grab()
        found = window.snapshot.views.get(id)
        assert not (isinstance(found, Trouble) and found.message.startswith("This view cannot")), (id, found)
        assert not card.is_empty or len(card.message.text()) > 20, id
    window.worker.pause()
    wide.until(lambda s: s.state in ("paused", "diverged"))
    window.worker.step()
    wide.until(lambda s: s.cursor > 0)
    for id in views():
        window.plots.show_view(id)
        window.plots.cards[id].make_menu()
    wide.until(lambda s: not s.busy)
    assert [record.message for record in caplog.records] == []


def _watched() -> set[str]:
    from app.watches import watches

    return set(watches())
