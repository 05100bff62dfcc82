"""Phones in a closed loop: each sends its next call when the last one is answered. Their own cost is not counted."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPMessage
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode, urlsplit

from benchmarks.meters import Cost, Meter

PHONES = 4
WARM_UP_CALLS = 3
NOTHING: Mapping[str, str] = MappingProxyType({})
IDLE_SECONDS = 3.0  # the server hangs up after five


class Refused(Exception):
    """An answer that was not 2xx: nothing was measured."""


@dataclass
class Phone:
    """One kept connection and one account; `times_ms` holds how long each answer took, `told` the last one's head."""

    address: str
    token: str = ""
    times_ms: list[float] = field(default_factory=list)
    told: HTTPMessage = field(default_factory=HTTPMessage)
    _connection: http.client.HTTPConnection | None = None
    _answered_at: float = 0.0

    def call(
        self, method: str, path: str, body: bytes = b"", content_type: str = "", headers: Mapping[str, str] = NOTHING
    ) -> bytes:
        """Ask and read the whole answer. Raises Refused."""
        headers = {**headers, **({"Authorization": f"Bearer {self.token}"} if self.token else {})}
        if content_type:
            headers["Content-Type"] = content_type
        if self._connection is None or time.perf_counter() - self._answered_at > IDLE_SECONDS:
            self.close()
            self._connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=60)
        began = time.perf_counter()
        self._connection.request(method, path, body or None, headers)
        answer = self._connection.getresponse()
        content, self.told = answer.read(), answer.headers
        self._answered_at = time.perf_counter()
        self.times_ms.append((self._answered_at - began) * 1000)
        if answer.status // 100 != 2:
            raise Refused(f"{method} {path}: {answer.status} {content[:500].decode('utf-8', 'replace')}")
        return content

    def get(self, path: str) -> Any:
        """The JSON of an answer."""
        return json.loads(self.call("GET", path))

    def sign_in(self, username: str, password: str, device_id: str) -> None:
        """Keeps the token for the calls that follow."""
        form = {"grant_type": "password", "username": username, "password": password, "device_id": device_id}
        answer = self.call("POST", "/api/v1/auth/token", urlencode(form).encode(), "application/x-www-form-urlencoded")
        self.token = json.loads(answer)["access_token"]

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


Unit = Callable[[Phone], object]
"""One unit of work, of one call or several; only the time of its calls is its own."""


def closed_loop(phones: list[Phone], unit: Unit, meter: Meter, seconds: float) -> Cost:
    """All phones at once for so long. Raises what a unit raises."""
    ready = threading.Barrier(len(phones) + 1)
    until = [0.0]
    failed: list[BaseException] = []
    times_ms: list[float] = []

    def work(phone: Phone) -> None:
        try:
            for _ in range(WARM_UP_CALLS):
                unit(phone)
            ready.wait()
            ready.wait()
            while time.perf_counter() < until[0]:
                phone.times_ms.clear()
                unit(phone)
                times_ms.append(sum(phone.times_ms))
        except BaseException as error:
            failed.append(error)
            ready.abort()

    threads = [threading.Thread(target=work, args=(phone,), daemon=True) for phone in phones]
    for thread in threads:
        thread.start()
    try:
        ready.wait()
        meter.start()
        until[0] = time.perf_counter() + seconds
        ready.wait()
    except threading.BrokenBarrierError:
        pass
    for thread in threads:
        thread.join()
    if failed:
        raise next((error for error in failed if not isinstance(error, threading.BrokenBarrierError)), failed[0])
    return meter.cost(times_ms)


def alone(unit: Callable[[], object], meter: Meter, seconds: float) -> Cost:
    """The same in this very thread, one unit after the other."""
    for _ in range(WARM_UP_CALLS):
        unit()
    times_ms: list[float] = []
    meter.start()
    until = time.perf_counter() + seconds
    while (began := time.perf_counter()) < until:
        unit()
        times_ms.append((time.perf_counter() - began) * 1000)
    return meter.cost(times_ms)
