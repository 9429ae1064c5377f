"""Random hands on the document: whatever is done, nothing is lost, and undoing all of it gives the first state.

CHAINRULE_STEPS says how many steps are walked in all.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from app import editing, editing_clipboard
from app.document import Document
from engine.data import SOURCES, DataSpec
from engine.edits import (
    AddLayer,
    Connect,
    Disconnect,
    MoveLayers,
    RemoveLayer,
    RenameLayer,
    SetAttributes,
    SetData,
    SetTitle,
    SetTraining,
    Together,
)
from engine.errors import ChainruleError
from engine.files import load
from engine.layers import REGISTRY
from engine.network import Network, Wire
from engine.training import TRAINING_ATTRIBUTES, Training

STEPS, AT_ONCE = int(os.environ.get("CHAINRULE_STEPS", "20000")), 100
BROKEN = (b"", b"{no", b"PK\x03\x04 nothing", b'{"format": "chainrule", "version": 99}', b"\x00" * 300)

kinds = st.sampled_from(sorted(REGISTRY))
walked: Counter[str] = Counter()  # deeds that were done and refused, layers and wires seen
picks = st.integers(0, 10**6)
odd = st.one_of(
    st.integers(-3, 40), st.sampled_from([None, "", "tanh", "he", True, -1, 10**12, 0.5, float("nan"), float("inf")]),
    st.text(max_size=5), st.lists(st.integers(-1, 5), max_size=3),
)  # fmt: skip
places = st.floats(-2000, 2000).map(round)


class Walk(RuleBasedStateMachine):
    """One document, worked on until the walk ends."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        network = Network()
        network.add("Input", shape=(2,))
        self.document = Document(network)
        self.clipboard, self.saved = "", None
        self._remember()

    def _remember(self) -> None:
        self.first = self.document.network.copy()

    # --- helpers -------------------------------------------------------------------------------------------------

    @property
    def network(self) -> Network:
        return self.document.network

    def layer(self, pick: int) -> str:
        ids = list(self.network.nodes)
        return ids[pick % len(ids)] if ids else "nobody"

    def wire(self, pick: int) -> Wire:
        wires = self.network.wires
        return wires[pick % len(wires)] if wires else Wire("nobody", "nowhere", "x")

    def deed(self, make: Callable[[], object], merge: str | None = None) -> None:
        """Apply the edit that `make` gives; a refusal must be in words, and change nothing."""
        before, index, refusal = self.network.copy(), self.document.undo_stack.index(), ""
        try:
            edit = make()
            if edit is not None:
                self.document.apply(edit, "deed", merge)
        except ChainruleError as error:
            refusal = str(error) or "nothing"
        if refusal:
            assert refusal.strip() not in ("", "nothing")
            assert self.network.same_document(before)
            assert self.document.undo_stack.index() == index
        walked["refused" if refusal else "done"] += 1

    # --- deeds ---------------------------------------------------------------------------------------------------

    @rule(kind=kinds, pick=picks, x=places, y=places)
    def add(self, kind, pick, x, y) -> None:
        beside = self.layer(pick) if pick % 3 else None
        self.deed(
            lambda: editing.addition(self.network, kind, beside if beside in self.network.nodes else None, (x, y))[0]
        )

    @rule(kind=kinds, pick=picks)
    def insert(self, kind, pick) -> None:
        if self.network.wires and editing.insertable(kind):
            self.deed(lambda: editing.insertion(self.network, kind, self.wire(pick), (0.0, 0.0))[0])

    @rule(start=picks, end=picks, port=st.sampled_from(["x", "x1", "x2", "", "z"]), old=picks)
    def connect(self, start, end, port, old) -> None:
        wire = Wire(self.layer(start), self.layer(end), port)
        self.deed(lambda: editing.rewiring(self.wire(old) if old % 4 == 0 and self.network.wires else None, wire))

    @rule(pick=picks)
    def disconnect(self, pick) -> None:
        self.deed(lambda: Disconnect(self.wire(pick)))

    @rule(chosen=st.lists(picks, max_size=3), wires=st.lists(picks, max_size=2))
    def delete(self, chosen, wires) -> None:
        if len(self.network.nodes) > 2:
            found = [self.wire(pick) for pick in wires] if self.network.wires else []
            self.deed(lambda: editing.deletion(self.network, [self.layer(pick) for pick in chosen], found))

    @rule(pick=picks, which=picks, value=odd, merged=st.booleans())
    def set(self, pick, which, value, merged) -> None:
        if not self.network.nodes:
            return
        id = self.layer(pick)
        names = sorted(self.network.nodes[id].attrs) or ["nothing"]
        name = names[which % len(names)]
        self.deed(lambda: SetAttributes(id, {name: value}), f"{id}.{name}" if merged else None)

    @rule(pick=picks, name=st.one_of(st.sampled_from(["dense1", "a", "join"]), st.text(max_size=6)))
    def rename(self, pick, name) -> None:
        self.deed(lambda: RenameLayer(self.layer(pick), name))

    @rule(pick=picks, x=places, y=places)
    def move(self, pick, x, y) -> None:
        self.deed(lambda: MoveLayers(((self.layer(pick), (float(x), float(y))),)), f"nudge {self.layer(pick)}")

    @rule(deed=st.sampled_from(["left", "top", 0, 1, "nudge"]))
    def arrange(self, deed) -> None:
        ids = list(self.network.nodes)
        makes = {
            "left": lambda: editing.alignment(self.network, ids, "left"),
            "top": lambda: editing.alignment(self.network, ids, "top"),
            0: lambda: editing.distribution(self.network, ids, 0),
            1: lambda: editing.distribution(self.network, ids, 1),
            "nudge": lambda: editing.nudging(self.network, ids, (8.0, -8.0)),
        }  # fmt: skip
        self.deed(makes[deed])

    @rule(which=picks, value=odd)
    def train(self, which, value) -> None:
        name = TRAINING_ATTRIBUTES[which % len(TRAINING_ATTRIBUTES)].name
        self.deed(lambda: SetTraining(Training.checked({**self.network.training.to_json(), name: value})))

    @rule(kind=st.sampled_from(sorted(SOURCES)), samples=odd)
    def use_data(self, kind, samples) -> None:
        self.deed(lambda: SetData(DataSpec.of(kind, **({"samples": samples} if samples else {}))))

    @rule(title=st.text(max_size=8))
    def entitle(self, title) -> None:
        self.deed(lambda: SetTitle(title, title * 2))

    @rule(pick=picks, kind=kinds)
    def several_at_once(self, pick, kind) -> None:
        """The second half may be refused; then the first must not stay."""
        self.deed(lambda: Together((
            AddLayer(self.network.new_node(kind, None, None, {})),
            Connect(Wire(self.layer(pick), self.layer(pick + 1), "x")),
            RemoveLayer(self.layer(pick + 2)),
        )))  # fmt: skip

    # --- history, clipboard, files -------------------------------------------------------------------------------

    @rule(count=st.integers(1, 6), back=st.booleans())
    def undo_or_redo(self, count, back) -> None:
        for _ in range(count):
            self.document.undo_stack.undo() if back else self.document.undo_stack.redo()

    @rule(chosen=st.lists(picks, min_size=1, max_size=4), cut=st.booleans())
    def copy(self, chosen, cut) -> None:
        ids = [self.layer(pick) for pick in chosen if self.network.nodes]
        if ids:
            self.clipboard = editing_clipboard.copied(self.network, ids)
            if cut:
                self.deed(lambda: editing.deletion(self.network, ids))

    @rule(garbage=st.one_of(st.none(), st.none(), st.none(), st.text(max_size=20)))
    def paste(self, garbage) -> None:
        text = self.clipboard if garbage is None else garbage
        if len(self.network.nodes) < 60:
            self.deed(lambda: editing_clipboard.pasting(self.network, text)[0])

    @rule()
    def save(self) -> None:
        path = self.folder / "network.chainrule"
        self.document.save(str(path))
        assert load(path).same_document(self.network)
        assert self.document.clean
        self.saved = path

    @rule()
    def open(self) -> None:
        if self.saved is not None:
            self.document.open(str(self.saved))
            self._remember()

    @rule(content=st.sampled_from(BROKEN))
    def open_broken(self, content) -> None:
        path = self.folder / "broken.chainrule"
        path.write_bytes(content)
        before = self.network
        with pytest.raises(ChainruleError):
            self.document.open(str(path))
        assert self.network is before

    # --- what always holds ---------------------------------------------------------------------------------------

    @invariant()
    def can_be_checked(self) -> None:
        if hasattr(self, "document"):
            walked["steps"] += 1
            walked["most layers"] = max(walked["most layers"], len(self.network.nodes))
            walked["most wires"] = max(walked["most wires"], len(self.network.wires))
            for problem in self.document.report.problems:
                assert str(problem)

    def teardown(self) -> None:
        stack, last = self.document.undo_stack, self.network.copy()
        there = stack.index()
        while stack.canUndo():
            stack.undo()
        assert self.network.same_document(self.first)
        assert list(self.network.nodes) == list(self.first.nodes)
        while stack.index() < there:
            stack.redo()
        assert self.network.same_document(last)
        shutil.rmtree(self.folder)


def test_random_hands_lose_nothing(qapp) -> None:
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=max(1, round(1.3 * STEPS / AT_ONCE)), stateful_step_count=AT_ONCE, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    assert walked["steps"] >= STEPS, walked  # the walks are not cut short, and not spent on refusals
    assert walked["done"] > walked["refused"] / 2, walked
    assert walked["most layers"] > 8, walked
    assert walked["most wires"] > 4, walked
