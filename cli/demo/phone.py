"""A device that talks to the office over HTTP, as a phone or a browser does: nothing here knows the database."""

import base64
import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

import httpx
from pydantic import BaseModel

from cli.demo.album import Photo
from cli.demo.clock import now
from cli.demo.speak import Deviation
from models.auth import TokenRead
from models.inspections import InspectionRead
from models.me import MeRead
from models.photos import PhotoRead

Shape = TypeVar("Shape", bound=BaseModel)

PATIENCE_SECONDS = 90.0
TIMEOUT_SECONDS = 60.0


class Phone:
    """One account signed in on one device, which it keeps from loop to loop."""

    def __init__(self, base_url: str, username: str, password: str) -> None:
        self.username = username
        self._http = httpx.Client(base_url=f"{base_url}/api/v1", timeout=TIMEOUT_SECONDS, trust_env=False)
        self._sign_in(password)
        self.me = self.get("/me", MeRead)

    def close(self) -> None:
        """Put the phone away; the session stays, as it does on a phone."""
        self._http.close()

    def get(self, path: str, shape: type[Shape], **query: str | int | list[str]) -> Shape:
        """A read that must succeed."""
        return shape.model_validate_json(self.call("GET", path, 200, params=query).content)

    def post(self, path: str, body: Mapping[str, object], shape: type[Shape], *, wanted: int = 201) -> Shape:
        """A move that must succeed; 200 where the office must know it already."""
        return shape.model_validate_json(self.call("POST", path, wanted, json=body).content)

    def waits(self, count: int) -> None:
        """What still waits on this phone; each call tells the office, which sees phones that fall silent."""
        self._http.headers["Zhicha-Queue"] = f"{count}, {now().isoformat()}" if count else "0"

    def report(self, raw: bytes, *, wanted: int = 201) -> InspectionRead:
        """A report, byte for byte as the phone wrote it."""
        headers = {"Zhicha-Device-Time": now().isoformat(), "Content-Type": "application/json"}
        answer = self.call("POST", "/inspections", wanted, content=raw, headers=headers)
        return InspectionRead.model_validate_json(answer.content)

    def report_with_photos(self, raw: bytes, photos: Sequence[Photo]) -> InspectionRead:
        """The report and its photos in one body."""
        files: list[tuple[str, tuple[str, bytes, str]]] = [("report", ("report.json", raw, "application/json"))]
        files += [(str(photo.id), (photo.name, photo.data, photo.media_type)) for photo in photos]
        answer = self.call("POST", "/inspections", 201, files=files)
        return InspectionRead.model_validate_json(answer.content)

    def put_photo(self, photo_id: UUID, data: bytes, *, wanted: int = 201) -> PhotoRead:
        """The bytes with their digest."""
        headers = {"Repr-Digest": digest(data), "Content-Type": "application/octet-stream"}
        answer = self.call("PUT", f"/photos/{photo_id}", wanted, content=data, headers=headers)
        return PhotoRead.model_validate_json(answer.content)

    def refused(self, method: str, path: str, status: int, **more: Any) -> str:
        """The code of a refusal that must come."""
        return str(self.call(method, path, status, **more).json()["code"])

    def patiently(self, path: str, **query: str) -> httpx.Response:
        """A read that is answered 503 with Retry-After until what it asks for has been made."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = self._http.get(path, params=query)
            if answer.status_code != 503 or time.monotonic() > deadline:
                return self._checked(answer, 200)
            time.sleep(min(float(answer.headers.get("Retry-After", "1")), 5.0))

    def call(self, method: str, path: str, wanted: int, **more: Any) -> httpx.Response:
        """Any call. Raises Deviation when the status is another."""
        return self._checked(self._http.request(method, path, **more), wanted)

    def _checked(self, answer: httpx.Response, wanted: int) -> httpx.Response:
        if answer.status_code != wanted:
            call = f"{answer.request.method} {answer.request.url.path} ({self.username})"
            raise Deviation(call, wanted, f"{answer.status_code} {answer.text[:600]}")
        return answer

    def _sign_in(self, password: str) -> None:
        device = str(uuid5(NAMESPACE_URL, f"zhicha demo {self.username}"))
        form = {"grant_type": "password", "username": self.username, "password": password, "device_id": device}
        answer = self.call("POST", "/auth/token", 200, data=form)
        token = TokenRead.model_validate_json(answer.content)
        self._http.headers["Authorization"] = f"Bearer {token.access_token}"


def digest(data: bytes) -> str:
    """The value of Repr-Digest (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(sha256(data).digest()).decode()}:"
