"""The container of project files: whole or not at all when written, suspicious when read."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import time
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import archive
from engine.archive import PROJECT, WEIGHTS, pack_tensors, read_archive, tensor_metadata, unpack_tensors, write_archive
from engine.errors import FileError

ROOT = Path(archive.__file__).parents[1]
MEMBERS = {PROJECT: b'{"version": 1}', WEIGHTS: bytes(range(256)) * 4}


def hand_made(path: Path, *names: str, compression: int = zipfile.ZIP_STORED, data: bytes = b"x" * 500) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # zipfile warns of duplicate names, which is the point
        with zipfile.ZipFile(path, "w", compression) as file:
            for name in names:
                file.writestr(name, data)
    return path


def test_members_come_back_and_bytes_repeat(tmp_path: Path) -> None:
    first, second = tmp_path / "a.chainrule", tmp_path / "b.chainrule"
    write_archive(first, MEMBERS)
    write_archive(second, {PROJECT: bytearray(MEMBERS[PROJECT]), WEIGHTS: memoryview(MEMBERS[WEIGHTS])})
    assert read_archive(first) == MEMBERS
    assert first.read_bytes() == second.read_bytes()
    assert sorted(os.listdir(tmp_path)) == ["a.chainrule", "b.chainrule"]


def test_arrays_are_bytes_like(tmp_path: Path) -> None:
    write_archive(tmp_path / "a", {WEIGHTS: np.arange(6, dtype=np.int64).reshape(2, 3).data})
    assert np.frombuffer(read_archive(tmp_path / "a")[WEIGHTS], np.int64).tolist() == list(range(6))


@pytest.mark.skipif(os.name == "nt", reason="modes and links are POSIX matters")
def test_mode_and_link_are_kept(tmp_path: Path) -> None:
    file, link = tmp_path / "a", tmp_path / "link"
    write_archive(file, MEMBERS)
    assert stat.S_IMODE(file.stat().st_mode) & 0o600 == 0o600
    file.chmod(0o640)
    link.symlink_to(file)
    write_archive(link, {PROJECT: b"new"})
    assert link.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert read_archive(file) == {PROJECT: b"new"}


@pytest.mark.parametrize(("call", "code", "words"), [
    ("open", errno.EROFS, "Read-only file system"),
    ("open", errno.EACCES, "Choose a folder"),
    ("fsync", errno.ENOSPC, "Free some space"),
    ("replace", errno.EIO, "unchanged"),
])  # fmt: skip
def test_a_failed_save_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int, words: str
) -> None:
    path = tmp_path / "a"
    write_archive(path, MEMBERS)

    def fail(*_: object, **__: object) -> int:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(archive.os, call, fail)
        with pytest.raises(FileError, match=words) as caught:
            write_archive(path, {PROJECT: b"new"})
    assert str(path) in str(caught.value)
    assert read_archive(path) == MEMBERS
    assert os.listdir(tmp_path) == ["a"]


def test_missing_folder_and_directory_target(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="Create the folder"):
        write_archive(tmp_path / "no" / "a", MEMBERS)
    with pytest.raises(FileError, match="directory"):
        write_archive(tmp_path, MEMBERS)
    with pytest.raises(FileError, match="cannot be read"):
        read_archive(tmp_path / "none")
    with pytest.raises(FileError):
        read_archive(tmp_path)


def test_an_error_inside_the_block_cleans_up(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), archive.atomic_write(tmp_path / "a") as file:  # noqa: PT012 - what is tested is the block
        file.write(b"half")
        raise KeyboardInterrupt
    assert os.listdir(tmp_path) == []


def test_stale_leftovers_of_this_file_go(tmp_path: Path) -> None:
    old, fresh, other = (tmp_path / f".{name}.saving-0123.tmp" for name in ("a", "a2", "b"))
    fresh = tmp_path / ".a.saving-4567.tmp"
    for path in (old, fresh, other):
        path.write_bytes(b"")
    for path in (old, other):
        os.utime(path, (time.time() - 200_000,) * 2)
    write_archive(tmp_path / "a", MEMBERS)
    assert not old.exists()
    assert fresh.exists()
    assert other.exists()


@pytest.mark.parametrize("name", ["../project.json", "/project.json", "a\\b", "a/../b", "", "a//b", "C:x", "a\0b"])
def test_unsafe_names_are_not_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError, match="unsafe name"):
        write_archive(tmp_path / "a", {name: b""})
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("names", "words"), [
    (("../project.json",), "unsafe name"),
    (("/etc/passwd",), "unsafe name"),
    (("a\\b",), "unsafe name"),
    ((PROJECT, PROJECT), "twice"),
    ((PROJECT, "extra.bin"), "no part of a project"),
    ((PROJECT, *(f"m{i}" for i in range(70))), "more than any"),
])  # fmt: skip
def test_refused_names(tmp_path: Path, names: tuple[str, ...], words: str) -> None:
    path = hand_made(tmp_path / "a", *names)
    with pytest.raises(FileError, match=words) as caught:
        read_archive(path)
    assert str(path) in str(caught.value)


def test_refused_storage(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="compressed"):
        read_archive(hand_made(tmp_path / "deflated", PROJECT, compression=zipfile.ZIP_DEFLATED))
    whole = hand_made(tmp_path / "stored", PROJECT).read_bytes()
    encrypted = bytearray(whole)
    encrypted[whole.rfind(b"PK\1\2") + 8] |= 1
    (tmp_path / "encrypted").write_bytes(encrypted)
    with pytest.raises(FileError, match="encrypted"):
        read_archive(tmp_path / "encrypted")


def test_sizes_are_capped(tmp_path: Path) -> None:
    path = hand_made(tmp_path / "a", PROJECT)
    assert len(read_archive(path, limits={PROJECT: 500})[PROJECT]) == 500
    with pytest.raises(FileError, match="declares 500 bytes"):
        read_archive(path, limits={PROJECT: 499})
    lying = bytearray(path.read_bytes())
    at = lying.rfind(b"PK\1\2")
    lying[at + 20 : at + 28] = (400).to_bytes(4, "little") * 2
    (tmp_path / "b").write_bytes(lying)
    with pytest.raises(FileError):
        read_archive(tmp_path / "b")


def test_a_huge_file_or_directory_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with open(tmp_path / "sparse", "wb") as file:
        file.truncate(5 * 2**30)
    with pytest.raises(FileError, match="too large"):
        read_archive(tmp_path / "sparse")
    (tmp_path / "bomb").write_bytes(b"PK\3\4" + b"PK\5\6" + bytes(8) + b"\xff\xff\xff\x7f" + bytes(6))
    with pytest.raises(FileError, match="directory"):
        read_archive(tmp_path / "bomb")


@pytest.mark.parametrize("data", [b"", b"P", b"hello, this is text" * 10, b"PK\3\4", b"PK\5\6" + bytes(10)])
def test_what_is_not_a_zip(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(FileError):
        read_archive(tmp_path / "a")


def test_required_members(tmp_path: Path) -> None:
    write_archive(tmp_path / "a", {WEIGHTS: b""})
    with pytest.raises(FileError, match=r"no project\.json"):
        read_archive(tmp_path / "a", required=(PROJECT,))


FUZZ = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def reads_or_refuses(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    try:
        members = read_archive(path)
    except FileError as error:
        assert str(path) in str(error)  # noqa: PT017 - either outcome is right, and each is checked
    else:  # zips have bits that do not matter (times, modes); whatever comes through must be unchanged
        assert members in (MEMBERS, {})


@FUZZ
@given(cut=st.integers(0, 2_000), flips=st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 255)), max_size=4))
def test_damaged_archives_are_read_or_refused(tmp_path: Path, cut: int, flips: list[tuple[int, int]]) -> None:
    write_archive(tmp_path / "whole", MEMBERS)
    data = bytearray((tmp_path / "whole").read_bytes())
    data = data[: max(0, len(data) - cut)] if cut % 2 else data
    for at, change in flips if data else []:
        data[at % len(data)] ^= change
    reads_or_refuses(tmp_path / "damaged", bytes(data))


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    write_archive(tmp_path / "whole", {PROJECT: b"{}"})
    data = (tmp_path / "whole").read_bytes()
    for length in range(len(data)):
        (tmp_path / "cut").write_bytes(data[:length])
        with pytest.raises(FileError):
            read_archive(tmp_path / "cut")


KILLS = """
import os, random, signal, sys, time
from engine.archive import PROJECT, WEIGHTS, read_archive, write_archive
path, versions = sys.argv[1], [{PROJECT: b"%d" % i * 50, WEIGHTS: bytes([i]) * 300_000} for i in (1, 2)]
write_archive(path, versions[0])
rng, whole, killed = random.Random(0), 0, 0
for _ in range(200):
    child = os.fork()
    if child == 0:
        turn = 0
        while True:
            turn += 1
            write_archive(path, versions[turn % 2])
    time.sleep(rng.uniform(0.0005, 0.012))
    os.kill(child, signal.SIGKILL)
    killed += os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    whole += read_archive(path) in versions
print(whole, killed)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
def test_200_kills_leave_the_old_or_the_new_file(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLS, str(tmp_path / "a")]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    assert result.stdout.split() == ["200", "200"]
    assert len(os.listdir(tmp_path)) > 20, "hardly any kill fell into a save: the test would prove nothing"


ARRAYS = {
    "a.W": np.arange(6, dtype=np.float32).reshape(2, 3), "a.b": np.array(2.5), "t": np.arange(4, dtype=np.int64)[::2],
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)), "none": np.zeros((0, 3)),
}  # fmt: skip


def test_tensors_come_back() -> None:
    data = pack_tensors(ARRAYS, {"step": "12"})
    back = unpack_tensors(data, finite=True)
    assert back.keys() == ARRAYS.keys()
    assert tensor_metadata(data) == {"step": "12"}
    for name, array in ARRAYS.items():
        assert back[name].dtype == array.dtype
        assert back[name].shape == array.shape
        np.testing.assert_array_equal(back[name], array)
    assert unpack_tensors(pack_tensors({})) == {}
    assert tensor_metadata(pack_tensors({})) == {}


def test_tensors_refused() -> None:
    for bad in (np.zeros(2, np.float16), np.array(["a"]), np.array([object()]), np.zeros(2, complex)):
        with pytest.raises(FileError, match="float32"):
            pack_tensors({"w": bad})
    from safetensors.numpy import save

    with pytest.raises(FileError, match="float16"):
        unpack_tensors(save({"w": np.zeros(2, np.float16)}))
    broken = pack_tensors({"w": np.array([1.0, np.nan])})
    assert np.isnan(unpack_tensors(broken)["w"][1])
    with pytest.raises(FileError, match="'w' holds NaN"):
        unpack_tensors(broken, finite=True)
    with pytest.raises(FileError, match="packed"):
        pack_tensors({"w": np.zeros(2)}, {"step": 3})  # type: ignore[dict-item]


@FUZZ
@given(cut=st.integers(0, 400), flips=st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 255)), max_size=4))
def test_damaged_tensors_are_read_or_refused(cut: int, flips: list[tuple[int, int]]) -> None:
    data = bytearray(pack_tensors(ARRAYS, {"step": "12"}))
    data = data[: max(0, len(data) - cut)] if cut % 2 else data
    for at, change in flips if data else []:
        data[at % len(data)] ^= change
    for read in (unpack_tensors, tensor_metadata):
        try:
            assert isinstance(read(bytes(data)), dict)
        except FileError as error:
            assert WEIGHTS in str(error)  # noqa: PT017 - either outcome is right, and each is checked
