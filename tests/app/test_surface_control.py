"""The loss surface in the real window: drawn beside a run, moved on, taken to a window of its own and back."""

from __future__ import annotations

import pytest

from engine.files import LESSONS


@pytest.fixture
def live(make_live, app):
    from app.window import MainWindow

    window = MainWindow()
    window.control.to_open = str(LESSONS / "circles.chainrule")
    window.resize(1600, 1000)
    window.show()
    found = make_live(window)
    found.until(lambda s: s.state == "ready" and window.plots is not None)
    return found


def landscape(snapshot):
    around = snapshot.extra.get("surface")
    return None if around is None else around.landscape


def test_it_is_drawn_moved_on_enlarged_and_brought_back(live):
    window, card = live.window, live.window.plots.surface
    live.until(lambda s: landscape(s) is not None and not card.is_empty)
    window.worker.run(200)
    live.until(lambda s: s.state == "paused" and s.steps == 200 and landscape(s).steps[-1] == 200)
    before = window.snapshot.loss
    card.surface.place_chosen.emit(*(landscape(window.snapshot).along[0], landscape(window.snapshot).across[0]))
    live.until(lambda s: s.can_unreset and s.loss != before)
    window.actions_by_name["unreset"].trigger()
    live.until(lambda s: not s.can_unreset)

    window.actions_by_name["surface"].trigger()
    large = window.control.around.large
    assert large.isVisible()
    assert card.window() is large
    assert card.isVisible()
    assert "surface" in window.plots.seen
    live.until(lambda s: not card.is_empty)
    large.close()
    live.until(lambda s: card.window() is window and card.isVisible())
    assert window.control.around.large is None
    window.actions_by_name["surface"].trigger()
    assert card.window() is window.control.around.large
    window.control.around.large.close()


def test_the_curvature_is_measured_from_the_menu(live):
    card = live.window.plots.surface
    live.until(lambda s: landscape(s) is not None)
    card.measured.emit()
    live.until(lambda s: s.extra["surface"].curvature is not None)
    assert "Trace" in card.remark.toolTip() or "Trace" in _shown(live)


def _shown(live) -> str:
    live.window.plots.surface.show_snapshot(live.window.snapshot)
    return live.window.plots.surface.remark.toolTip()
