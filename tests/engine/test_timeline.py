"""The tree of runs: any past step bit for bit, branches, thinning, and all of it in a project file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import engine
from engine.errors import FileError, SessionError
from engine.files import LESSONS, load, save
from engine.timeline import MOST_BRANCHES, Timeline, same_run
from engine.timeline_file import pack, unpack


def network(**training):
    found = load(LESSONS / "circles.chainrule")
    found.training = replace(found.training, batch_size=10, **training)
    return found


def run(session, timeline, steps, slice=7):
    """Train, and remember every state on the way."""
    states = {session.steps: session.parameter_block().copy()}
    for _ in range(0, steps, slice):
        session.train(steps=slice)
        timeline.follow(session)
        states[session.steps] = session.parameter_block().copy()
    return states


@pytest.fixture(params=["sgd", "adam"])
def trained(request):
    session = engine.Session.from_network(network(optimizer=request.param, learning_rate=0.05))
    timeline = Timeline()
    timeline.begin(session)
    return session, timeline, run(session, timeline, 210)


def test_every_past_step_comes_back_bit_for_bit(trained):
    session, timeline, states = trained
    for step in (210, 7, 0, 105, 203):
        assert timeline.go_to(session, step) == 0
        assert session.steps == step
        np.testing.assert_array_equal(session.parameter_block(), states[step])


def test_a_step_between_checkpoints_is_replayed(trained):
    session, timeline, states = trained
    timeline.branch.thin(2)
    assert len(timeline.branch.marks) == 2
    timeline.go_to(session, 119)
    np.testing.assert_array_equal(session.parameter_block(), states[119])


def test_a_long_replay_can_be_cut_into_pieces(trained):
    session, timeline, states = trained
    timeline.branch.marks = {0: timeline.branch.marks[0]}
    assert timeline.go_to(session, 119, limit=100) == 19
    session.train(steps=19)
    np.testing.assert_array_equal(session.parameter_block(), states[119])


def test_a_rate_changed_on_the_way_comes_back_with_its_step(trained):
    session, timeline, _ = trained
    session.learning_rate = 0.2
    timeline.branch.note(session, pin=True)
    later = run(session, timeline, 70)
    timeline.branch.thin(3)
    timeline.go_to(session, 100)
    assert session.learning_rate == pytest.approx(0.05)
    timeline.go_to(session, 252)
    assert session.learning_rate == pytest.approx(0.2)
    np.testing.assert_array_equal(session.parameter_block(), later[252])


def test_branches_go_on_from_a_step_and_leave_the_other_as_it_was(trained):
    session, timeline, states = trained
    first = timeline.current
    timeline.go_to(session, 70)
    session.learning_rate = 0.5
    branch = timeline.fork(session, 70, "faster")
    assert (branch.parent, branch.left_at, branch.start, branch.offset) == (first, 70, 70, 0)
    other = run(session, timeline, 35)
    assert not np.array_equal(other[105], states[105])
    assert timeline.branches[first].end == 210
    timeline.current = first
    timeline.go_to(session, 105)
    np.testing.assert_array_equal(session.parameter_block(), states[105])
    timeline.current = branch.id
    timeline.go_to(session, 105)
    np.testing.assert_array_equal(session.parameter_block(), other[105])


def test_a_changed_network_counts_from_0_and_is_drawn_where_it_left(trained):
    _, timeline, _ = trained
    other = network()
    other.nodes = {id: replace(node, attrs=node.attrs | ({"units": 5} if "hidden" in id else {}))
                   for id, node in other.nodes.items()}  # fmt: skip
    branch = timeline.fork(engine.Session.from_network(other), 210)
    assert (branch.start, branch.offset) == (0, 210)


def test_a_step_that_never_was_is_refused(trained):
    session, timeline, _ = trained
    with pytest.raises(SessionError, match=r"steps 0 to 210; there is no step 211"):
        timeline.go_to(session, 211)


def test_memory_is_bounded_and_marks_stay_evenly_spread():
    session = engine.Session.from_network(network())
    timeline = Timeline()
    timeline.begin(session)
    one = timeline.nbytes
    timeline.budget = 20 * one
    run(session, timeline, 2100, slice=3)
    assert timeline.nbytes <= 20 * one
    gaps = np.diff(list(timeline.branch.marks))
    assert len(gaps) >= 8
    assert gaps.max() <= 5 * np.median(gaps)


def test_names_are_unique_and_old_branches_go_when_there_are_too_many():
    session = engine.Session.from_network(network())
    timeline = Timeline()
    for _ in range(MOST_BRANCHES + 5):
        timeline.begin(session)
    names = [branch.name for branch in timeline.branches.values()]
    assert len(names) == MOST_BRANCHES == len(set(names))
    timeline.rename(timeline.current, "  mine ")
    assert timeline.branch.name == "mine"
    with pytest.raises(SessionError, match="needs a name"):
        timeline.rename(timeline.current, " ")
    with pytest.raises(SessionError, match="another one first"):
        timeline.delete(timeline.current)


def test_deleting_a_branch_leaves_its_children(trained):
    session, timeline, _ = trained
    first = timeline.current
    child = timeline.fork(session, 210)
    timeline.delete(first)
    assert timeline.branches[child.id].parent is None


def test_layers_called_otherwise_keep_their_past(trained):
    session, timeline, states = trained
    old = next(id for id, node in session.network.nodes.items() if node.kind == "Dense")
    from engine.edits import RenameLayer

    other = session.network.copy()
    other.apply(RenameLayer(old, "another name"))
    timeline.renamed_layers(other, {old: "another name"})
    again = engine.Session.from_network(other)
    timeline.go_to(again, 105)
    np.testing.assert_array_equal(again.parameter_block(), states[105])


def test_rate_and_epochs_make_no_other_run():
    assert same_run(network(), network(learning_rate=0.9, epochs=7, threads=2))
    assert not same_run(network(), network(optimizer="momentum"))
    assert not same_run(network(), network(seed=3))


def test_a_file_keeps_it_bit_for_bit(trained, tmp_path):
    session, timeline, states = trained
    timeline.go_to(session, 70)
    session.learning_rate = 0.5
    branch = timeline.fork(session, 70, "faster")
    other = run(session, timeline, 35)
    saved = session.network.copy()
    saved.checkpoint, saved.timeline = session.checkpoint(), timeline
    timeline.branch.loss = np.array([[1.0, 0.5], [2.0, 0.25]])
    save(saved, tmp_path / "a.chainrule")
    found = load(tmp_path / "a.chainrule").timeline
    assert found.current == branch.id
    assert [b.name for b in found.branches.values()] == ["Run 1", "faster"]
    np.testing.assert_array_equal(found.branch.loss, timeline.branch.loss)
    again = engine.Session.from_network(found.branch.network)
    for step in (84, 105):
        found.go_to(again, step)
        np.testing.assert_array_equal(again.parameter_block(), other[step])
    found.current = branch.parent
    again = engine.Session.from_network(found.branch.network)
    for step in (203, 49):
        found.go_to(again, step)
        np.testing.assert_array_equal(again.parameter_block(), states[step])
    saved.timeline = found
    save(saved, tmp_path / "b.chainrule")
    found.current = branch.id
    save(saved, tmp_path / "c.chainrule")
    assert (tmp_path / "a.chainrule").read_bytes() == (tmp_path / "c.chainrule").read_bytes()


def test_a_file_is_capped_and_still_reaches_every_step(trained):
    session, timeline, states = trained
    plain, tensors = pack(timeline, cap=4 * timeline.branch.marks[0].nbytes)
    kept = [array for name, array in tensors.items() if not name.endswith(("/loss", "/judged"))]
    assert sum(array.nbytes for array in kept) <= 4 * timeline.branch.marks[0].nbytes
    found = unpack(plain, tensors)
    found.go_to(session, 119)
    np.testing.assert_array_equal(session.parameter_block(), states[119])


def test_damaged_timelines_are_refused(trained):
    plain, tensors = pack(trained[1])
    whole = plain["branches"][0]
    for change in ({"id": "x"}, {"marks": []}, {"name": ""}, {"start": 3}, {"end": -1}, {"network": {}},
                   {"marks": [[0, -1.0, True, "sgd", 0]]}):  # fmt: skip
        with pytest.raises((FileError, ValueError, TypeError, KeyError)):
            unpack({"current": 1, "branches": [whole | change]}, tensors)
    with pytest.raises(FileError):
        unpack({"current": 9, "branches": [whole]}, tensors)
    bad = {name: np.full_like(array, np.nan) if "/p/" in name else array for name, array in tensors.items()}
    with pytest.raises(FileError, match="no number"):
        unpack(plain, bad)
