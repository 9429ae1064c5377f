"""Project files: one zip with `project.json` and, where there are weights, `weights.safetensors`. No pickle anywhere.

A ready-made network may also be the bare `project.json` as a text file.
"""

from __future__ import annotations

import json
import math
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.archive import pack_tensors, read_archive, unpack_tensors, write_archive
from engine.checkpoint import Checkpoint
from engine.data import DataSpec
from engine.edits import check_id
from engine.errors import ChainruleError, FileError
from engine.layers import find
from engine.network import Network, Node, Wire
from engine.timeline_file import pack as pack_timeline
from engine.timeline_file import unpack as unpack_timeline
from engine.training import Training

FORMAT, VERSION, SUFFIX = "chainrule", 1, ".chainrule"
MEMBERS = ("project.json", "weights.safetensors", "timeline.safetensors")
STATE = "state/"  # before the names of what the update keeps
MAX_JSON, MAX_LAYERS, MAX_TEXT = 16 * 2**20, 100_000, 100_000
LESSONS = Path(__file__).resolve().parent.parent / "assets" / "lessons"


def save(network: Network, path: str | os.PathLike[str]) -> None:
    """Write `network` whole or not at all, without its weights if they are not finite. Raises FileError."""
    network = network if _finite(network.checkpoint) else _without_weights(network)
    document = to_json(network)
    for option in network.data.source.paths if network.data is not None else ():
        document["data"]["options"][option] = _path_from(network, option, path)
    history: dict[str, Any] = {}
    if network.timeline is not None:
        document["timeline"], history = pack_timeline(network.timeline)
    members: dict[str, Any] = {MEMBERS[0]: json.dumps(document, indent=1, ensure_ascii=False).encode()}
    if network.checkpoint is not None:
        members[MEMBERS[1]] = pack_tensors(_tensors(network.checkpoint))
    if history:
        members[MEMBERS[2]] = pack_tensors(history)
    try:
        write_archive(path, members)
    except (TypeError, ValueError) as error:
        raise FileError(f"{path!r} cannot be written: it is not a path.") from error


def load(path: str | os.PathLike[str]) -> Network:
    """Read a project file. Raises FileError that says what is wrong with it; nothing else comes out."""
    try:
        if not stat.S_ISREG(os.stat(os.fspath(path)).st_mode):
            raise OSError("it is not a file")
        with open(os.fspath(path), "rb") as file:
            head = file.read(MAX_JSON + 1) if file.read(2)[:1] == b"{" and not file.seek(0) else None
    except (OSError, ValueError, TypeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise FileError(f"{path!s} cannot be read: {reason}.") from error
    try:
        if head is not None:
            return _network(path, head, None, None)
        members = read_archive(path, allowed=set(MEMBERS))
        if MEMBERS[0] not in members:
            raise FileError(f"{os.fspath(path)} holds no {MEMBERS[0]}; it is not a Chainrule project.")
        return _network(path, *(members.get(name) for name in MEMBERS))
    except ChainruleError as error:
        named = os.fspath(path) in str(error)
        raise FileError(str(error) if named else f"{os.fspath(path)}: {error}") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise FileError(f"{os.fspath(path)} is damaged ({type(error).__name__}: {str(error)[:120]}).") from error


def to_json(network: Network) -> dict[str, Any]:
    """The document as plain data."""
    checkpoint = network.checkpoint
    return {
        "format": FORMAT, "version": VERSION, "title": network.title, "description": network.description,
        "data": None if network.data is None else network.data.to_json(),
        "training": network.training.to_json(),
        "layers": [
            {"id": node.id, "kind": node.kind, "attrs": node.attrs, "position": list(node.position)}
            for node in network.nodes.values()
        ],
        "wires": [[wire.source, wire.target, wire.port] for wire in network.wires],
        "view": network.view,
        **({"views": list(network.views)} if network.views else {}),
        "checkpoint": None if checkpoint is None else {
            "steps": checkpoint.steps, "optimizer": checkpoint.optimizer, "seed": checkpoint.seed,
        },
    }  # fmt: skip


def from_json(document: Any) -> Network:
    """The network that plain data describes, every value checked. Raises ChainruleError, ValueError or TypeError."""
    _expect(isinstance(document, dict) and document.get("format") == FORMAT, "it is not a Chainrule project")
    version = document.get("version")
    _expect(type(version) is int and version >= 1, "its version is missing")
    _expect(version <= VERSION, f"it was written by a newer Chainrule (format {version}, this one reads {VERSION}); "
            "update the program")  # fmt: skip
    network = Network(_text(document.get("title", "untitled")), _text(document.get("description", "")))
    network.views = tuple(_text(id) for id in _list(document.get("views", [])))[:20]
    network.view = "units" if document.get("view") == "units" else "layers"
    network.training = Training.checked(_dict(_or_empty(document.get("training"))))
    data = document.get("data")
    network.data = None if data is None else DataSpec.from_json(data)
    layers, wires = _list(document.get("layers")), _list(document.get("wires"))
    _expect(len(layers) <= MAX_LAYERS and len(wires) <= 4 * MAX_LAYERS, f"it has more than {MAX_LAYERS:,} layers")
    nodes = [_node(_dict(entry)) for entry in layers]
    network.nodes = {node.id: node for node in nodes}
    _expect(len(network.nodes) == len(nodes), "two layers have the same id")
    network.wires = tuple(_wires(network, wires))
    return network


def lessons() -> list[tuple[str, str, str]]:
    """The ready-made networks: (name, title, path), sorted by the number their file name begins with, if any."""
    found = []
    for path in sorted(LESSONS.glob(f"*{SUFFIX}")):
        found.append((path.stem, load(path).title, str(path)))
    return found


def _node(entry: dict[str, Any]) -> Node:
    id, layer = entry.get("id"), find(_text(entry.get("kind")))
    check_id(id)  # type: ignore[arg-type]
    position = _list(entry.get("position", [0.0, 0.0]))
    plain = len(position) == 2 and all(isinstance(p, int | float) and not isinstance(p, bool) for p in position)
    plain = plain and all(math.isfinite(p) and abs(p) < 1e9 for p in position)
    _expect(plain, f"the position of {id} is not two numbers")
    attrs = layer.complete(_dict(_or_empty(entry.get("attrs"))))
    return Node(str(id), layer.kind, attrs, (float(position[0]), float(position[1])))


def _wires(network: Network, wires: list[Any]) -> list[Wire]:
    found, taken = [], set()
    for entry in wires:
        parts = _list(entry)
        plain = len(parts) == 3 and all(isinstance(part, str) for part in parts)
        _expect(plain, "a wire is not [source, target, port]")
        wire = Wire(*parts)
        for end in (wire.source, wire.target):
            _expect(end in network.nodes, f"a wire names the layer {end!r}, which does not exist")
        _expect(wire.port in network.nodes[wire.target].ports, f"{wire.target} has no port {wire.port!r}")
        _expect((wire.target, wire.port) not in taken, f"two wires go into {wire.target}.{wire.port}")
        taken.add((wire.target, wire.port))
        found.append(wire)
    return found


def _network(
    path: str | os.PathLike[str], document: bytes | None, weights: bytes | None, history: bytes | None
) -> Network:
    assert document is not None
    _expect(len(document) <= MAX_JSON, "its project.json is larger than 16 MB")
    plain = json.loads(document.decode("utf-8"))
    network = from_json(plain)
    network.folder = str(Path(path).resolve().parent)
    if weights is not None:
        network.checkpoint = _checkpoint(_or_empty(plain.get("checkpoint")), weights)
    if history is not None and plain.get("timeline") is not None:
        network.timeline = unpack_timeline(plain["timeline"], unpack_tensors(history))
    return network


def _finite(checkpoint: Checkpoint | None) -> bool:
    """Whether there is nothing in a checkpoint that a file may not hold."""
    arrays = [] if checkpoint is None else _tensors(checkpoint).values()
    return all(bool(np.isfinite(array).all()) for array in arrays)


def _without_weights(network: Network) -> Network:
    copy = network.copy()
    copy.checkpoint = None
    return copy


def _path_from(network: Network, option: str, path: str | os.PathLike[str]) -> str:
    """The data file as seen from the folder of `path`: a relative one stays relative, wherever the project is saved."""
    assert network.data is not None
    file = str(network.data.options[option])
    folder = os.path.dirname(os.path.abspath(path))
    if not file or os.path.isabs(file) or network.folder in (None, folder):
        return file
    return os.path.relpath(os.path.join(str(network.folder), file), folder)


def _tensors(checkpoint: Checkpoint) -> dict[str, Any]:
    tensors = dict(checkpoint.parameters)
    for number, slot in enumerate(checkpoint.slots):
        tensors.update({f"slot{number}/{name}": array for name, array in slot.items()})
    return tensors | {f"{STATE}{name}": array for name, array in checkpoint.states.items()}


def _checkpoint(plain: Any, weights: bytes) -> Checkpoint:
    fields = _dict(plain)
    steps, seed = fields.get("steps", 0), fields.get("seed", 0)
    for name, number in (("steps", steps), ("seed", seed)):
        whole = isinstance(number, int) and not isinstance(number, bool)
        _expect(whole and 0 <= number < 2**53, f"{name} of its checkpoint is {number!r}")
    tensors = unpack_tensors(weights, finite=True)
    states = {name[len(STATE) :]: tensors.pop(name) for name in list(tensors) if name.startswith(STATE)}
    slots: dict[int, dict[str, Any]] = {}
    for name in [name for name in tensors if name.startswith("slot")]:
        number, _, parameter = name.partition("/")
        _expect(number in ("slot0", "slot1"), f"its weights hold an unknown tensor {name!r}")
        slots.setdefault(int(number[4:]), {})[parameter] = tensors.pop(name)
    _expect(not slots or 0 in slots, "its optimiser state does not fit its weights")
    for slot in slots.values():
        fits = all(name in tensors and array.shape == tensors[name].shape for name, array in slot.items())
        _expect(fits and slot.keys() == slots[0].keys(), "its optimiser state does not fit its weights")
    return replace(Checkpoint(steps, tensors), slots=tuple(slots[k] for k in sorted(slots)),
                   optimizer=_text(fields.get("optimizer", "")), seed=seed, states=states)  # fmt: skip


def _expect(holds: Any, otherwise: str) -> None:
    if not holds:
        raise FileError(f"The file cannot be opened: {otherwise}.")


def _text(value: Any) -> str:
    _expect(isinstance(value, str) and len(value) <= MAX_TEXT, f"{str(value)[:40]!r} should be text")
    return str(value)


def _or_empty(value: Any) -> Any:
    return {} if value is None else value


def _dict(value: Any) -> dict[str, Any]:
    _expect(isinstance(value, dict), f"{str(value)[:40]!r} should be an object")
    return dict(value)


def _list(value: Any) -> list[Any]:
    _expect(isinstance(value, list), f"{str(value)[:40]!r} should be a list")
    return list(value)
