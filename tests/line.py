"""A phone's call below HTTP, for links that drop: what comes, piece by piece, and what is answered."""

from collections.abc import MutableMapping
from typing import Any

from tests.world import Person


class Line:
    """One call at the level of ASGI: a body in pieces, then more, or silence for ever."""

    def __init__(self, person: Person, method: str, path: str, headers: dict[str, str]) -> None:
        headers = {**person.headers(), **headers}
        self.scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": f"/api/v1{path}",
            "raw_path": b"",
            "query_string": b"",
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("office.test", 80),
        }
        self.coming: list[dict[str, Any]] = []
        self.answers: list[MutableMapping[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        """What the phone sends next; a phone that has nothing more hung up."""
        return self.coming.pop(0) if self.coming else {"type": "http.disconnect"}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """What the office answers."""
        self.answers.append(message)
