"""Files of web/ as browsers get them: pages with their places filled, and files under addresses that never change.

A file's address carries the beginning of its SHA-256, so it may be kept for ever and a new version is a new address.
"""

import gzip
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

WEB = Path(__file__).resolve().parent.parent / "web"
MARK_LENGTH = 16

# Everything that is served, by its last name; what isn't listed isn't there.
SERVED = {
    "start.css": ("start.css", "text/css; charset=utf-8"),
    "gate.css": ("gate.css", "text/css; charset=utf-8"),
    "docs.css": ("docs.css", "text/css; charset=utf-8"),
    "docs.js": ("docs.js", "text/javascript; charset=utf-8"),
    "swagger-ui.css": ("vendor/swagger-ui/swagger-ui.css", "text/css; charset=utf-8"),
    "swagger-ui-bundle.js": ("vendor/swagger-ui/swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    "favicon-32x32.png": ("vendor/swagger-ui/favicon-32x32.png", "image/png"),
}

FOR_EVER = "public, max-age=31536000, immutable"
SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Asset:
    """One file in memory, plain and compressed once: a village's line is slow."""

    mark: str
    media_type: str
    plain: bytes
    packed: bytes


@cache
def asset(name: str) -> Asset:
    """Raises KeyError for a name that isn't served."""
    path, media_type = SERVED[name]
    plain = (WEB / path).read_bytes()
    return Asset(sha256(plain).hexdigest()[:MARK_LENGTH], media_type, plain, gzip.compress(plain, mtime=0))


def address(name: str) -> str:
    """Where pages find the file, relative to the office's own address."""
    return f"static/{asset(name).mark}/{name}"


def answer(request: Request, found: Asset) -> Response:
    """The file, compressed for whoever takes that."""
    headers = {**SAFE, "Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(found.plain, media_type=found.media_type, headers=headers)
    return Response(found.packed, media_type=found.media_type, headers={**headers, "Content-Encoding": "gzip"})


def page(file: str, policy: str = POLICY, status: int = 200, **places: str) -> HTMLResponse:
    """A page of web/ with its places filled, escaped."""
    text = Template((WEB / file).read_text(encoding="utf-8"))
    filled = text.substitute({place: escape(value) for place, value in places.items()})
    headers = {**SAFE, "Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return HTMLResponse(filled, status_code=status, headers=headers)
