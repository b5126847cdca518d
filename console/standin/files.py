"""Files and profile photos: ids, paths and bytes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from console.standin.refusal import Refusal

#: Bytes; what is larger can't be downloaded by a bot.
DOWNLOAD_LIMIT = 20 << 20


class Files:
    """`gone`: file ids that are temporarily unavailable."""

    def __init__(self) -> None:
        self.gone: set[str] = set()
        self._files: dict[str, tuple[dict[str, Any], bytes]] = {}
        self._paths: dict[str, bytes] = {}
        self._photos: dict[int, list[list[dict[str, Any]]]] = {}
        self._numbers = itertools.count(1)

    def add(self, content: bytes, *, folder: str = "documents", size: int | None = None) -> str:
        """A file that can be downloaded; its file_id. `size`: what is said of it, the content's by default."""
        number = next(self._numbers)
        file = {"file_id": f"file-{number}", "file_unique_id": f"u-file-{number}"}
        return self._keep(file | {"file_size": len(content) if size is None else size}, folder, content)

    def add_photo(self, user_id: int, content: bytes, side: int = 640) -> str:
        """A profile photo, the newest; its file_id. Someone without one hides it, or has none."""
        name = self.add(content, folder="profile_photos")
        sizes = [self._files[name][0] | {"width": side, "height": side}]
        self._photos.setdefault(user_id, []).insert(
            0, [{k: v for k, v in s.items() if k != "file_path"} for s in sizes]
        )
        return name

    def learn(self, value: Any) -> None:
        """Knows the files that an update names; their content is their file_id."""
        for file in _files_in(value):
            if file["file_id"] not in self._files:
                self._keep({n: file[n] for n in ("file_id", "file_unique_id", "file_size") if n in file}, "incoming")

    def get(self, file_id: str) -> dict[str, Any]:
        """getFile. Raises Refusal."""
        if not file_id:
            raise Refusal(400, "Bad Request: file_id not specified")
        if file_id in self.gone:
            raise Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if file_id not in self._files:
            raise Refusal(400, "Bad Request: invalid file_id")
        file, _ = self._files[file_id]
        size = file.get("file_size")
        if isinstance(size, int) and size > DOWNLOAD_LIMIT:
            raise Refusal(400, "Bad Request: file is too big")
        return file

    def photos(self, user_id: int, offset: int, limit: int) -> dict[str, Any]:
        """getUserProfilePhotos."""
        all_of_them = self._photos.get(user_id, [])
        return {"total_count": len(all_of_them), "photos": all_of_them[offset : offset + limit]}

    def content(self, path: str) -> bytes | None:
        return self._paths.get(path)

    def _keep(self, file: dict[str, Any], folder: str, content: bytes | None = None) -> str:
        name: str = file["file_id"]
        given = name.encode("utf-8", "replace") if content is None else content
        path = f"{folder}/file_{len(self._files)}"
        self._files[name] = (file | {"file_path": path}, given)
        self._paths[path] = given
        return name


def _files_in(value: Any) -> Iterator[dict[str, Any]]:
    stack = [value]
    while stack:
        here = stack.pop()
        if isinstance(here, dict):
            if isinstance(here.get("file_id"), str) and isinstance(here.get("file_unique_id"), str):
                yield here
            stack.extend(here.values())
        elif isinstance(here, list):
            stack.extend(here)
