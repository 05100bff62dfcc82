"""Headers that keep an answer what it is: no browser guesses its type, frames it, runs it, keeps it, or tells of it."""

from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""What an answer has that says nothing else: pages say their own policy, pictures and papers how long they may stay."""

A_YEAR = "max-age=31536000"


@dataclass
class SafeHeaders:
    """ASGI middleware. `https`: people come by https alone, and their browsers shall remember it."""

    app: ASGIApp
    https: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SAFE.items():
                    headers.setdefault(name, value)
                if self.https:
                    headers["Strict-Transport-Security"] = A_YEAR
            await send(message)

        await self.app(scope, receive, send_safely)
