"""Files of the user's own: found beside the project, and read whole if they are not too large."""

from __future__ import annotations

import os

from engine.errors import DataError


def beside(path: str, folder: str | os.PathLike[str] | None) -> str:
    """`path` as seen from `folder`, the project file's; an empty path stays empty."""
    return os.path.join(folder, path) if path and folder is not None else path


def read_bytes(path: str, max_megabytes: int, option: str, wanted: str, cure: str) -> bytes:
    """All bytes of `path`. Raises DataError in words: `option` names the setting, `wanted` the kind of file to choose,
    `cure` what to do about one that is too large."""
    if not path:
        raise DataError(f"{option} is empty; choose a file.")
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            raise DataError(f"{path} is a folder or a device; choose {wanted}.")
        size = os.path.getsize(path)
        if size > max_megabytes * 10**6:
            raise DataError(f"{path} has {size / 1e6:,.1f} MB, but max_megabytes allows {max_megabytes} MB; "
                            f"raise it or {cure}.")  # fmt: skip
        with open(path, "rb") as file:
            return file.read(max_megabytes * 10**6 + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path} cannot be read: {reason}. Check the path and its permissions.") from error
