"""Surfaces drawn before: shown again where all is the same, never for another network or other data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import engine
from app.surface_cache import Cache
from app.worker_surface import Surface
from tests.app.test_worker import network
from tests.app.test_worker_surface import SMALL, drawn


@pytest.fixture
def session() -> engine.Session:
    made = engine.Session.from_network(network())
    made.loss()
    return made


def test_what_was_drawn_is_not_drawn_again(session, monkeypatch):
    cache, counted = Cache(), []
    surface = Surface(session, lambda: None, cache=cache)
    compute = Surface._compute
    monkeypatch.setattr(Surface, "_compute", lambda self, *args, **more: counted.append(1)
                        or compute(self, *args, **more))  # fmt: skip
    wishes = [replace(SMALL, kind="random"), replace(SMALL, kind="gradient"), replace(SMALL, kind="random", seed=1)]
    first = [drawn(surface, wish).landscape.values for wish in wishes]
    again = [drawn(surface, wish).landscape.values for wish in wishes]
    assert len(counted) == 3
    assert cache.hits == 3
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
    session.train(steps=5)
    drawn(surface, wishes[0])
    assert len(counted) == 4  # other parameters
    while session.steps:
        session.step_back()
    np.testing.assert_array_equal(drawn(surface, wishes[0]).landscape.values, first[0])
    assert len(counted) == 4  # back again
    for wish in (replace(wishes[0], size=11), replace(wishes[0], rows=50), replace(wishes[0], part="validation"),
                 replace(wishes[0], reach=2.0)):  # fmt: skip
        drawn(surface, wish)
    assert len(counted) == 8
    surface.leave()


def test_another_network_or_other_data_never_get_what_was_drawn_for_one():
    cache, counted = Cache(), []

    def values(change=lambda net: None, data=None, **settings):
        made = network()
        change(made)
        session = engine.Session(made, made.data if data is None else data, **settings)
        session.set_parameter_block(np.linspace(-1, 1, len(session.parameter_block())).astype(np.float32))
        surface = Surface(session, lambda: None, cache=cache)
        found = drawn(surface, replace(SMALL, kind="random")).landscape.values
        counted.append(cache.hits)
        surface.leave()
        return found

    first = values()
    np.testing.assert_array_equal(values(), first)
    assert counted[-1] == 1
    x, y = np.random.default_rng(1).normal(size=(120, 2)).astype(np.float32), np.arange(120) % 2
    others = [values(lambda net: net.set("hidden", activation="sigmoid")), values(l2=0.1), values(data=(x, y)),
              values(data=(x, 1 - y))]  # fmt: skip
    assert counted[-1] == 1
    for other in others:
        assert not np.allclose(other, first)


def test_the_cache_keeps_what_was_used_last_within_its_budget():
    cache = Cache(budget=3 * 800)
    for k in range(3):
        cache.put(bytes([k]), np.full(100, float(k)))
    assert cache.get(b"\x00")[0] == 0.0
    cache.put(b"\x03", np.zeros(100))
    assert cache.get(b"\x01") is None
    assert cache.get(b"\x00") is not None
    cache.put(b"\x04", np.zeros(1000))  # more than there is room for
    assert len(cache) == 3
    with pytest.raises(ValueError, match="read-only"):
        cache.get(b"\x00")[0] = 1.0
