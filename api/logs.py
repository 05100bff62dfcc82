"""Structured logs: one line a request with its id, and only fields that are on the list.

Bodies, parameters, names and tokens never reach a log: what isn't listed is dropped.
"""

import logging
import re
import time
from collections.abc import MutableMapping
from typing import Any
from uuid import uuid4

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "request_id", "method", "path", "status", "milliseconds", "error", "exception",
        "pid", "process", "library", "port", "job", "sha256", "bytes", "count", "seconds", "reason", "revision",
    }
)  # fmt: skip

log = structlog.get_logger()

# A word of ours, an id, or a region's code; whatever else a caller typed as an address may be a name or a telephone.
_PLAIN = re.compile(
    r"|v1|[a-z]+(-[a-z]+)*(\.[a-z]+)?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]{6}([0-9]{3}){0,2}", re.ASCII
)
LONGEST_STEP = 40


def plain_path(path: str) -> str:
    """The path as a log may show it: steps that no address of ours has are left out."""
    steps = path.split("/")[:12]
    return "/".join(step if len(step) <= LONGEST_STEP and _PLAIN.fullmatch(step) else "…" for step in steps)


def only_allowed(_: Any, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every field that is not on the list; an exception keeps its frames, its message goes."""
    return {name: value for name, value in fields.items() if name in ALLOWED}


def frames_of_exception(_: Any, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Where an unexpected error came from, without its message: that may repeat what a person sent."""
    error = fields.pop("exc_info", None)
    if not isinstance(error, BaseException):
        return fields
    frames = []
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{traceback.tb_lineno}:{code.co_name}")
        traceback = traceback.tb_next
    fields["exception"] = frames[-12:]
    return fields


class LibraryLog(logging.Handler):
    """A library's warning by its logger's name and its error's class: its text may repeat what a person sent."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        log.warning("library_warning", library=record.name, error=error)


def configure() -> None:
    """JSON lines on standard output, the libraries' own warnings among them."""
    logging.basicConfig(handlers=[LibraryLog()], level=logging.WARNING, force=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            frames_of_exception,
            only_allowed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )


class RequestLog:
    """Gives each request an id, answers with it, and writes one line when it ends. The query string is not logged."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        status = 0
        began = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"request-id", request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            spent = round((time.perf_counter() - began) * 1000, 1)
            path = plain_path(scope["path"])
            log.info("request", method=scope["method"], path=path, status=status, milliseconds=spent)
