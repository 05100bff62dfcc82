"""tus 1.0 around the calls of an upload: the version in every answer, and a road for proxies that let no PATCH pass."""

from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.rules.tus import VERSION

UPLOADS = "/api/v1/uploads"
EXPOSED = ("Location", "Upload-Offset", "Upload-Length", "Upload-Expires", "Tus-Resumable", "Tus-Version")
"""What a page of another origin must be able to read, or its uploads never go on."""
OVERRIDES = frozenset({"PATCH", "HEAD", "DELETE"})


@dataclass
class TusHeaders:
    """ASGI middleware: the version in each answer below /uploads; X-HTTP-Method-Override is obeyed."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(UPLOADS):
            await self.app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Tus-Resumable"] = VERSION
                headers["Tus-Version"] = VERSION
            await send(message)

        method = Headers(scope=scope).get("x-http-method-override", "").upper()
        if scope["method"] == "POST" and method in OVERRIDES:
            scope = {**scope, "method": method}
        await self.app(scope, receive, told)
