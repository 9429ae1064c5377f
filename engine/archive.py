"""The container of project files: one zip without compression, written whole or not at all, and read with suspicion.

Members are plain bytes; `project.json` holds the document, `weights.safetensors` the arrays. Nothing is ever unpickled
or extracted to disk. Every problem ends in one FileError that names the file and what to do.
"""

from __future__ import annotations

import os
import secrets
import stat
import struct
import time
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from engine.errors import FileError

if TYPE_CHECKING:
    import numpy as np

    PathLike = str | os.PathLike[str]
    Buffer = bytes | bytearray | memoryview

MIB = 2**20
PROJECT = "project.json"
WEIGHTS = "weights.safetensors"
TIMELINE = "timeline.safetensors"
MEMBERS = frozenset({PROJECT, WEIGHTS, TIMELINE})
LIMITS: Mapping[str, int] = {PROJECT: 16 * MIB, WEIGHTS: 2048 * MIB, TIMELINE: 512 * MIB}
OTHER_LIMIT = 16 * MIB
MAX_MEMBERS = 64
MAX_DIRECTORY = 64 * 1024
TENSOR_DTYPES = ("float32", "float64", "int64")
_STALE_SECONDS = 24 * 3600
_UTF8_NAME, _DATA_DESCRIPTOR = 0x800, 0x8
_DAMAGED = "The file is damaged or cut short: copy it again or restore it from a backup."


# ---------------------------------------------------------------------------------------------------------- writing
def write_archive(path: PathLike, members: Mapping[str, Buffer]) -> None:
    """Write `members` (name → bytes) to `path`, which afterwards is wholly the old or wholly the new file.

    The same members give the same bytes. An existing file keeps its mode; a link keeps pointing to its file.
    Raises FileError (unwritable directory, full disk, bad member name).
    """
    for name in members:
        _refuse_bad_name(path, name)
    with atomic_write(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            view = memoryview(data).cast("B")
            entry = zipfile.ZipInfo(name)
            entry.file_size, entry.external_attr = len(view), 0o644 << 16
            with archive.open(entry, "w") as member:
                member.write(view)


@contextmanager
def atomic_write(path: PathLike) -> Iterator[BinaryIO]:
    """A binary file that takes the place of `path` when the block ends well, and leaves no trace otherwise.

    Temporary file beside the target, flush, fsync, rename, fsync of the directory. Raises FileError for OSErrors.
    """
    target = os.path.realpath(path)
    temporary = f"{_prefix(target)}{secrets.token_hex(6)}.tmp"
    try:
        _refuse_special(target)
        # O_EXCL with 0o666 lets the umask give a new file its usual mode.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with open(os.open(temporary, flags, 0o666), "wb") as file:
            yield file
            file.flush()
            _keep_mode(target, temporary)
            os.fsync(file.fileno())
        os.replace(temporary, target)
        _sync_directory(os.path.dirname(target))
        _remove_stale(target)
    except OSError as error:
        _remove(temporary)
        raise FileError(
            f"{os.fspath(path)} cannot be written: {_reason(error)} The old file, if any, is unchanged."
        ) from error
    except BaseException:
        _remove(temporary)
        raise


def _prefix(target: str) -> str:
    folder, name = os.path.split(target)
    return os.path.join(folder, f".{name[:100]}.saving-")


def _refuse_special(target: str) -> None:
    if os.path.exists(target) and not os.path.isfile(target):
        raise OSError(None, "It is a directory or a device, not a file")


def _keep_mode(target: str, temporary: str) -> None:
    if os.path.exists(target):
        os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))


def _sync_directory(folder: str) -> None:
    if os.name == "nt":  # Windows cannot open a directory; its rename is journalled.
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_stale(target: str) -> None:
    """Remove what killed saves of this very file left behind more than a day ago."""
    prefix = os.path.basename(_prefix(target))
    with os.scandir(os.path.dirname(target)) as entries:
        for entry in entries:
            ours = entry.name.startswith(prefix) and entry.name.endswith(".tmp")
            if ours and entry.is_file(follow_symlinks=False) and time.time() - entry.stat().st_mtime > _STALE_SECONDS:
                _remove(entry.path)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return  # never made, already renamed, or gone: nothing to clean up


def _reason(error: OSError) -> str:
    advice = {
        "PermissionError": " Choose a folder you may write to.",
        "FileNotFoundError": " Create the folder or choose another.",
    }.get(type(error).__name__, "")
    no_space = " Free some space or choose another disk." if error.errno in (28, 122) else ""  # ENOSPC, EDQUOT
    return f"{error.strerror or error}.{advice}{no_space}"


# ---------------------------------------------------------------------------------------------------------- reading
def read_archive(
    path: PathLike,
    allowed: Collection[str] = MEMBERS,
    limits: Mapping[str, int] = LIMITS,
    required: Collection[str] = (),
) -> dict[str, bytes]:
    """The members of the archive at `path`, name → bytes.

    Refused with a FileError: what is not a whole zip, names outside `allowed`, `..`/absolute/backslash names,
    duplicates, compressed or encrypted members, sizes over `limits` (bytes; 16 MiB where a name has none), wrong
    checksums, and archives without every name in `required`.
    """
    try:
        with open(path, "rb") as file:
            count = _refuse_unlikely(path, file, sum(limits.get(name, OTHER_LIMIT) for name in allowed))
            with zipfile.ZipFile(file) as archive:
                entries = _checked_entries(path, archive, allowed, limits)
                if len(entries) != count:  # zipfile itself does not look at the number in the end record
                    raise FileError(f"{os.fspath(path)} lists {len(entries)} of its {count} members. {_DAMAGED}")
                members = {entry.filename: _read_member(path, archive, entry) for entry in entries}
    except FileError:
        raise
    except OSError as error:
        raise FileError(f"{os.fspath(path)} cannot be read: {error.strerror or error}.") from error
    except Exception as error:  # a hostile zip makes zipfile raise almost anything (struct.error, EOFError, …)
        raise FileError(f"{os.fspath(path)} is not a readable project file ({_brief(error)}). {_DAMAGED}") from error
    for name in required:
        if name not in members:
            raise FileError(f"{os.fspath(path)} is not a project file: it holds no {name}.")
    return members


def _refuse_unlikely(path: PathLike, file: BinaryIO, most: int) -> int:
    """Look at sizes and signatures before zipfile reads what may be a huge directory; returns the members declared."""
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode):
        raise FileError(f"{os.fspath(path)} is not a regular file.")
    if status.st_size > most + MIB:
        raise FileError(f"{os.fspath(path)} is too large: {_size(status.st_size)}, at most {_size(most)} are read.")
    if file.read(4) not in (b"PK\3\4", b"PK\5\6"):
        raise FileError(f"{os.fspath(path)} is not a project file: it is no zip archive. Choose a saved project.")
    file.seek(max(0, status.st_size - 65_557))  # the end record has 22 bytes and a comment of at most 65,535
    tail = file.read()
    end = tail.rfind(b"PK\5\6")
    if end < 0 or len(tail) - end < 22:
        raise FileError(f"{os.fspath(path)} has no end record. {_DAMAGED}")
    if struct.unpack_from("<L", tail, end + 12)[0] > MAX_DIRECTORY:
        raise FileError(f"{os.fspath(path)} declares a directory that is too large to be a project's. {_DAMAGED}")
    file.seek(0)
    return int(struct.unpack_from("<H", tail, end + 10)[0])


def _checked_entries(
    path: PathLike, archive: zipfile.ZipFile, allowed: Collection[str], limits: Mapping[str, int]
) -> list[zipfile.ZipInfo]:
    entries, seen = archive.infolist(), set()
    if len(entries) > MAX_MEMBERS:
        raise FileError(f"{os.fspath(path)} holds {len(entries)} members, more than any project file.")
    for entry in entries:
        _refuse_bad_name(path, entry.orig_filename)
        if entry.filename in seen:
            raise FileError(f"{os.fspath(path)} holds {entry.filename} twice; nothing says which one counts.")
        if entry.filename not in allowed or entry.orig_filename != entry.filename:
            known = ", ".join(sorted(allowed))
            raise FileError(
                f"{os.fspath(path)} holds {entry.orig_filename!r}, which is no part of a project ({known})."
            )
        seen.add(entry.filename)
        _refuse_bad_storage(path, entry, limits.get(entry.filename, OTHER_LIMIT))
    return entries


def _refuse_bad_name(path: PathLike, name: str) -> None:
    parts = name.split("/")
    if not name or "\\" in name or "\0" in name or ":" in name or name.startswith("/") or {"", ".", ".."} & set(parts):
        raise FileError(
            f"{os.fspath(path)} holds a member with the unsafe name {name!r}; it was not made by this program."
        )


def _refuse_bad_storage(path: PathLike, entry: zipfile.ZipInfo, limit: int) -> None:
    where = f"{os.fspath(path)}: {entry.filename}"
    if entry.flag_bits & ~(_UTF8_NAME | _DATA_DESCRIPTOR):
        raise FileError(f"{where} is encrypted or stored in a way this program never uses.")
    if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
        raise FileError(f"{where} is compressed; project files are not. Save it again from this program.")
    if entry.file_size > limit:
        raise FileError(f"{where} declares {_size(entry.file_size)}; at most {_size(limit)} are read.")


def _read_member(path: PathLike, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with archive.open(entry) as member:
        data = member.read(entry.file_size + 1)  # reading to the end also checks the CRC
    if len(data) != entry.file_size:
        raise FileError(
            f"{os.fspath(path)}: {entry.filename} has {len(data)} bytes instead of {entry.file_size}. {_DAMAGED}"
        )
    return data


def _size(count: int) -> str:
    return f"{count / MIB:,.1f} MiB" if count >= MIB else f"{count:,} bytes"


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]


# ---------------------------------------------------------------------------------------------------------- tensors
def pack_tensors(tensors: Mapping[str, np.ndarray], metadata: Mapping[str, str] | None = None) -> bytes:
    """Arrays (float32, float64 or int64, any shape) and text as safetensors bytes. Raises FileError."""
    import numpy as np
    from safetensors.numpy import save

    for name, array in tensors.items():
        if array.dtype.name not in TENSOR_DTYPES:
            raise FileError(f"Array {name!r} is {array.dtype}; files hold {', '.join(TENSOR_DTYPES)} only.")
    try:
        # asarray keeps the shape () where ascontiguousarray would make it (1,)
        return save(
            {name: np.asarray(array, order="C") for name, array in tensors.items()},
            dict(metadata) if metadata else None,
        )
    except Exception as error:  # safetensors raises its own type, TypeError or ValueError
        raise FileError(f"The arrays cannot be packed ({_brief(error)}).") from error


def unpack_tensors(data: bytes, *, finite: bool = False, path: PathLike = WEIGHTS) -> dict[str, np.ndarray]:
    """Arrays from safetensors bytes; with `finite`, NaN and infinity are refused. `path` is named in the FileError."""
    import numpy as np
    from safetensors.numpy import load

    try:
        tensors = load(bytes(data))
    except Exception as error:  # mutated bytes raise UnicodeDecodeError, KeyError, SafetensorError and others
        raise FileError(f"{os.fspath(path)}: the arrays cannot be read ({_brief(error)}). {_DAMAGED}") from error
    for name, array in tensors.items():
        if array.dtype.name not in TENSOR_DTYPES:
            raise FileError(f"{os.fspath(path)}: array {name!r} is {array.dtype}; expected {', '.join(TENSOR_DTYPES)}.")
        if finite and not np.isfinite(array).all():
            raise FileError(f"{os.fspath(path)}: array {name!r} holds NaN or infinity.")
    return tensors


def tensor_metadata(data: bytes, *, path: PathLike = WEIGHTS) -> dict[str, str]:
    """The text stored beside the arrays (the header's `__metadata__`). Raises FileError."""
    import json

    try:
        (length,) = struct.unpack_from("<Q", data)
        header = json.loads(bytes(data[8 : 8 + length]))
        return {str(key): str(value) for key, value in header.get("__metadata__", {}).items()}
    except Exception as error:  # whatever mutated bytes raise, RecursionError included
        raise FileError(f"{os.fspath(path)}: the header cannot be read ({_brief(error)}). {_DAMAGED}") from error
