"""JSON bodies as every operation takes them: strict, and told apart from other formats by their media type."""

from collections.abc import Callable, Coroutine
from email.message import Message
from typing import Any

from fastapi.params import Form
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.errors import InvalidInput
from services.rules.strict_json import Json, NotStrictJson, read_json

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ReadRequest(Request):
    """A request whose body has been read, once, and as strict JSON."""

    def __init__(self, request: Request, raw: bytes, value: Json) -> None:
        super().__init__(request.scope, request.receive)
        self._raw, self._value = raw, value

    async def body(self) -> bytes:
        """The bytes that came."""
        return self._raw

    async def json(self) -> Json:
        """What they say."""
        return self._value


class JsonRoute(APIRoute):
    """A route whose body is read as RFC 8259 means it before the framework sees it.

    The framework alone takes the same key twice, NaN, half a surrogate pair and any depth, and says only `bad_request`
    of what it cannot read. A body that has no shape in the signature (api/reports.py reads its own) is left alone.
    """

    def get_route_handler(self) -> Handler:
        """The framework's handler, given what was read."""
        handle = super().get_route_handler()
        if self.body_field is None or isinstance(self.body_field.field_info, Form):
            return handle

        async def strictly(request: Request) -> Response:
            raw = await request.body()
            return await handle(ReadRequest(request, raw, _value(request, raw)) if raw else request)

        return strictly


def _value(request: Request, raw: bytes) -> Json:
    """Raises InvalidInput, and HTTPException 415 for what does not say that it is JSON."""
    message = Message()
    message["content-type"] = request.headers.get("content-type", "")
    if message.get_content_type() != "application/json":
        raise HTTPException(415)
    try:
        return read_json(raw)
    except NotStrictJson as error:
        raise InvalidInput.at(error.pointer, error.code, error.detail) from None
