"""What a phone sends, byte for byte, and what every call has: how it is played in the oracle."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import httpx

from tests.machine.oracle import Oracle
from tests.machine.town import Who
from tests.makers_reports import Shot

Check = Callable[[Oracle, Who, datetime, httpx.Response], Iterator[str]]
"""Names every difference between an answer and the oracle."""


@dataclass(frozen=True)
class Told:
    """What the office should answer, and what to look at next: records that the call changed and does not show."""

    status: int
    check: Check
    touched: "tuple[Call, ...]" = ()


@dataclass(frozen=True)
class Request:
    """Bytes, made once: a repeat sends the very same."""

    method: str
    path: str
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_json(cls, method: str, path: str, body: Mapping[str, Any], **headers: str) -> "Request":
        """With a JSON body."""
        content = json.dumps(body, ensure_ascii=False).encode()
        return cls(method, path, content, {"Content-Type": "application/json", **headers})

    @classmethod
    def of_parts(cls, path: str, body: bytes, shots: tuple[Shot, ...]) -> "Request":
        """A report and its photos in one body, the photos first as a phone might."""
        files = [(shot.id, ("photo.jpg", shot.data, "image/jpeg")) for shot in shots]
        files.append(("report", ("report.json", body, "application/json")))
        headers = {"Content-Type": "multipart/form-data; boundary=one-story"}
        made = httpx.Request("POST", "http://office.test", files=files, headers=headers)
        return cls("POST", path, made.read(), headers)


class Call(Protocol):
    """Something that somebody asks of the office."""

    @property
    def request(self) -> Request:
        """What is sent."""

    def play(self, office: Oracle, who: Who, at: datetime) -> Told:
        """What the office makes of it. Raises Refused, and then nothing of it holds."""


def content_of(body: Mapping[str, Any]) -> str:
    """What makes two bodies the same, apart from their id."""
    return json.dumps({name: value for name, value in body.items() if name != "id"}, sort_keys=True, default=str)
