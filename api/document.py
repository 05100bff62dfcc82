"""The OpenAPI document: what every operation shares, written once."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api.problems import HTTP_PROBLEMS, MEDIA_TYPE, declared
from models import words
from models.reports import Amendment, Report
from models.words import Word

TITLE = "直查 Zhicha"
DESCRIPTION = """镇安办“四不两直”检查的后台：从手机上报隐患，到责令整改、复查、销号。

错误一律为 `application/problem+json`（RFC 9457），`code` 为稳定代码，全部代码见 docs/errors.md。
每个 POST 与 PUT 都可以重发：新编号 201；已知编号、内容相同 200；内容不同 409；已取消 410；正在处理 423。
列表用 `limit` 与 `cursor` 翻页。时间均带时区（RFC 3339），法定日期按 Asia/Shanghai。"""

PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON Pointer (RFC 6901)"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
    "additionalProperties": True,
}


READ_BY_HAND = (Report, Amendment)
"""Bodies whose raw bytes are kept (api/reports.py): the framework never sees their shapes."""


def describe(app: FastAPI) -> None:
    """Give the app its document; made once, at first look."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=TITLE, version="1.0.0", description=DESCRIPTION, routes=app.routes)
            app.openapi_schema = _finished(made)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _finished(made: dict[str, Any]) -> dict[str, Any]:
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    _, shapes = models_json_schema(
        [(shape, "validation") for shape in READ_BY_HAND], ref_template="#/components/schemas/{model}"
    )
    schemas.update({name: shape for name, shape in shapes["$defs"].items() if name not in schemas})
    schemas["Problem"] = PROBLEM
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for name, schema in schemas.items():
        _label(name, schema)
    for path in made["paths"].values():
        for operation in path.values():
            _problem_for_422(operation["responses"])
            _declare_repeat(operation["responses"])
            _declare_other_format(operation)
    return made


def _label(name: str, schema: dict[str, Any]) -> None:
    """Chinese labels come with every enum (design 3)."""
    kind = getattr(words, name, None)
    if isinstance(kind, type) and issubclass(kind, Word) and "enum" in schema:
        schema["description"] = "；".join(f"{member.value} {member.label}" for member in kind)
        schema["x-labels-zh"] = {member.value: member.label for member in kind}


def _declare_repeat(responses: dict[str, Any]) -> None:
    """What was made is answered again, with 200, to a repeat of the same call (design 5)."""
    if "201" in responses:
        responses.setdefault("200", {**responses["201"], "description": "重发：第一次的结果"})


def _declare_other_format(operation: dict[str, Any]) -> None:
    """A JSON body that does not say so is not read."""
    if "application/json" in operation.get("requestBody", {}).get("content", {}):
        code, title = HTTP_PROBLEMS[415]
        operation["responses"].setdefault("415", declared([f"{code}: {title}"]))


def _problem_for_422(responses: dict[str, Any]) -> None:
    content = responses.get("422", {}).get("content", {})
    if "application/json" in content:
        responses["422"] = {
            "description": "invalid_input: 提交的内容有误",
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
