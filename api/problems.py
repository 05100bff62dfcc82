"""Errors as RFC 9457 problem documents. The only place that turns a domain error into HTTP."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg.errors
import sqlalchemy.exc
import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from api.headers import CONTENT_RANGE, RETRY_AFTER, WWW_AUTHENTICATE
from api.logs import plain_path
from api.safe_headers import SAFE
from api.samples import members_shown
from services import errors
from services.errors import DomainError, InputError
from services.rules.strict_json import Json, pointer_along

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2

STATUS: dict[type[DomainError], int] = {
    errors.Unreadable: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.Absent: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.VersionStale: 412,
    errors.TooLarge: 413,
    errors.Invalid: 422,
    errors.Busy: 423,
    errors.VersionNeeded: 428,
    errors.TooMany: 429,
    errors.Garbled: 460,  # tus 1.0, checksum
    errors.StorageFull: 507,  # before its more general neighbour: a full store has failed, too
    errors.Unavailable: 503,
}

# What the framework itself refuses, by status: (code, title).
HTTP_PROBLEMS: dict[int, tuple[str, str]] = {
    400: ("bad_request", "请求无法读取"),
    404: ("no_such_path", "没有这个地址"),
    405: ("method_not_allowed", "该地址不支持这种请求"),
    406: ("not_acceptable", "无法按要求的格式回答"),
    408: ("body_too_slow", "上传太慢，已中断"),
    413: ("body_too_large", "提交的内容太大"),
    415: ("media_type_unknown", "不支持这种内容格式"),
    416: ("range_not_satisfiable", "请求的区段不存在"),
    500: ("internal_error", "服务内部错误"),
    503: ("unavailable", "暂时无法处理，请稍后重试"),
}

PROBLEM_HEADERS: dict[int, dict[str, Any]] = {
    401: WWW_AUTHENTICATE,
    416: CONTENT_RANGE,
    **dict.fromkeys((423, 429, 503, 507), RETRY_AFTER),
}


def status_of(kind: type[DomainError]) -> int:
    """The HTTP status of an error's family."""
    return next(status for family, status in STATUS.items() if issubclass(kind, family))


def problem(
    status: int,
    code: str,
    title: str,
    detail: str,
    *,
    members: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """One problem document; `members` are the error's own fields."""
    body = {**jsonable_encoder(members or {}), **_body(status, code, title, detail)}
    return JSONResponse(body, status_code=status, headers=headers, media_type=MEDIA_TYPE)


def _body(status: int, code: str, title: str, detail: str) -> dict[str, Any]:
    return {"type": f"urn:zhicha:problem:{code}", "title": title, "status": status, "detail": detail, "code": code}


def of_domain(error: DomainError) -> JSONResponse:
    """A domain error with its own fields as members."""
    status = status_of(type(error))
    fields = dataclasses.fields(error) if dataclasses.is_dataclass(error) else ()
    members = {field.name: getattr(error, field.name) for field in fields}
    return problem(status, error.code, error.title, str(error), members=members, headers=_headers(status, error))


def _headers(status: int, error: DomainError) -> dict[str, str]:
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status in (423, 503, 507):
        headers["Retry-After"] = str(RETRY_SECONDS)
    if isinstance(error, errors.TooMany):
        headers["Retry-After"] = str(error.retry_after_seconds)
    return headers


def of_http(status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """What the framework refused, in our form."""
    code, title = HTTP_PROBLEMS.get(status, ("http_error", "请求未被接受"))
    return problem(status, code, title, code.replace("_", " "), headers=headers)


def input_errors(raw: Sequence[Any], sent: Json) -> list[InputError]:
    """Validation errors as pointers, codes and sentences; never the input's value. `sent` is the body."""
    return [InputError(_pointer(error["loc"], sent), str(error["type"]), str(error["msg"])) for error in raw]


def _pointer(loc: Sequence[str | int], sent: Json) -> str:
    place, *path = loc or ["body"]
    return pointer_along(path, sent) if place == "body" else f"#/{place}/{'/'.join(str(step) for step in path)}"


def problems(*kinds: type[DomainError] | int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these errors; a number is what the server itself refuses."""
    told = [_told(kind) for kind in kinds]
    return {status: _declared(status, [body for body in told if body["status"] == status]) for status in _by(told)}


def _by(told: Iterable[dict[str, Any]]) -> list[int]:
    return sorted({body["status"] for body in told})


def _told(kind: type[DomainError] | int) -> dict[str, Any]:
    if isinstance(kind, int):
        code, title = HTTP_PROBLEMS[kind]
        return _body(kind, code, title, code.replace("_", " "))
    sentence = " ".join((kind.__doc__ or "").split("\n\n")[0].split())
    return _body(status_of(kind), kind.code, kind.title, sentence) | members_shown(kind)


def _declared(status: int, bodies: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One answer of the OpenAPI document that is a problem, with an example for each code that it may carry."""
    shown = {body["code"]: {"summary": body["title"], "value": body} for body in bodies}
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": shown}}
    headers = {"headers": PROBLEM_HEADERS[status]} if status in PROBLEM_HEADERS else {}
    lines = [f"{code}: {shown[code]['summary']}" for code in sorted(shown)]
    return {"description": "; ".join(lines), **headers, "content": content}


def merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Both of two answers of the document that stand under the same status."""
    bodies = [shown["value"] for told in (one, other) for shown in told["content"][MEDIA_TYPE]["examples"].values()]
    return _declared(bodies[0]["status"], bodies)


async def _domain_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)
    return of_domain(error)


async def _validation_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    sent = dict(error.body) if isinstance(error.body, Mapping) else error.body  # a form is a mapping, too
    return of_domain(errors.InvalidInput(input_errors(error.errors(), sent)))


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return of_http(error.status_code, error.headers)


async def _database_error(_: Request, error: Exception) -> Response:
    """Told apart by SQLSTATE class, never by message: the text changes with the server's language."""
    cause = getattr(error, "orig", None)
    if isinstance(cause, psycopg.errors.UniqueViolation):
        return of_domain(errors.IdTaken())
    log.warning("database_unavailable", error=type(cause or error).__name__)
    return of_http(503, {"Retry-After": str(RETRY_SECONDS)})


async def _dropped(request: Request, _: Exception) -> Response:
    """A phone that hung up: the normal case in the field, one line and no traceback. Nobody reads this answer."""
    log.info("client_disconnected", path=plain_path(request.url.path))
    return of_http(400)


async def _unexpected(_: Request, error: Exception) -> Response:
    log.error("unexpected_error", error=type(error).__name__, exc_info=error)
    return of_http(500, SAFE)  # it is sent past every middleware


def install(app: FastAPI) -> None:
    """Let the app answer every error as a problem document."""
    app.add_exception_handler(DomainError, _domain_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(ClientDisconnect, _dropped)
    for kind in (sqlalchemy.exc.DBAPIError, sqlalchemy.exc.TimeoutError, sqlalchemy.exc.InterfaceError):
        app.add_exception_handler(kind, _database_error)
    app.add_exception_handler(Exception, _unexpected)
