"""The OpenAPI document: what every operation shares, written once."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api.answers import add_answers
from api.problems import MEDIA_TYPE, merged, problems
from api.scopes import OF_EVERY_KEY, OPENS
from models import words
from models.reports import Amendment, Report
from models.words import Word
from services.auth import PasswordChangeNeeded
from services.auth.key_callers import ScopeNeeded
from services.auth.second_factor import TotpEnrolmentNeeded
from services.errors import InProgress, InvalidInput, NotAllowed, NotFound
from services.tokens import TokenInvalid

Operation = dict[str, Any]

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

TAGS = {
    "登录": "凭证、密码、登录设备与本人",
    "审计": "登录记录与操作记录，供审计员与安全员查看",
    "服务信息": "服务器时间、版本与各项上限",
    "人员": "账号、角色、执法证",
    "隐患": "隐患的一生：登记、责令、整改、复查、销号",
    "责令整改": "责令限期整改指令书",
    "文书": "签发的文书（PDF）",
    "存证": "记录树的检查点与证明：已发生的记录任何人不能改写而不被发现",
    "延期": "整改期限的延长",
    "接口密钥": "对接系统的密钥及其权限",
    "机关": "执法机关及其权限",
    "行政区划": "县、镇、村",
    "部门": "行业部门及其主管的行业",
    "行业与检查表": "行业领域、检查表、检查项",
    "企业台账": "企业和场所，登记与查找",
    "门口码": "贴在企业门口的二维码：扫码入企",
    "导入导出": "台账、区划、部门和人员，按办公室现有的表格导入，导出后可原样再导入",
    "检查安排": "事先保密的检查安排",
    "双随机抽取": "随机抽取企业和检查人员，公开之前保密，次月可核验",
    "回避": "检查人员应当回避的企业和村",
    "替岗": "请假人员的检查和审批由谁代办",
    "照片": "照片的上传与查看",
    "统计": "按月份、区划、行业、等级、状态的统计",
    "待办": "现在该做什么",
    "检查": "现场检查的上报与更正",
}

NEVER_THE_SAME = {"createUpload"}
"""What makes something new at each call: tus knows no repeat, and a second upload expires by itself."""

SUCCESS = {"200": "成功", "201": "已办理", "204": "已办理，无内容"}

# What any operation of a kind may answer, so that no client meets an undeclared one.
ALWAYS = problems(503)
SIGNED_IN = problems(TokenInvalid, NotAllowed, PasswordChangeNeeded, TotpEnrolmentNeeded, ScopeNeeded, NotFound)
WITH_INPUT = problems(InvalidInput)
WITH_BODY = problems(400, 408, 413, InProgress)
WITH_JSON = problems(415)

API_KEY = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "zhicha_…",
    "description": "对接系统的接口密钥，只放在请求头里",
}

REQUEST_ID = {"Request-Id": {"$ref": "#/components/headers/RequestId"}}
STORED_NOWHERE = {"Cache-Control": {"$ref": "#/components/headers/NoStore"}}
SHARED_HEADERS = {
    "NoStore": {"description": "不得缓存", "schema": {"type": "string"}, "example": "no-store"},
    "RequestId": {"description": "本次请求的编号，报错时请一并告知", "schema": {"type": "string"}},
}


def describe(app: FastAPI) -> None:
    """Give the app its document; made once, at first look."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title=TITLE,
                version="1.0.0",
                description=DESCRIPTION,
                routes=app.routes,
                servers=[{"url": "/", "description": "本机"}],
                tags=[{"name": name, "description": text} for name, text in TAGS.items()],
                contact={"name": "直查 Zhicha"},
                license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
            )
            app.openapi_schema = _finished(made)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _finished(made: dict[str, Any]) -> dict[str, Any]:
    components = made.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    _, shapes = models_json_schema(
        [(shape, "validation") for shape in READ_BY_HAND], ref_template="#/components/schemas/{model}"
    )
    schemas.update({name: shape for name, shape in shapes["$defs"].items() if name not in schemas})
    schemas["Problem"] = PROBLEM
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for name, schema in schemas.items():
        _label(name, schema)
    components["headers"] = SHARED_HEADERS
    components["securitySchemes"]["ApiKey"] = API_KEY
    components["examples"] = {}
    for path in made["paths"].values():
        for method, operation in path.items():
            _finish(operation, components["examples"])
            if method == "head":
                _leave_bodies_out(operation)
    return made


def _finish(operation: Operation, examples: dict[str, Any]) -> None:
    """What every operation of its kind has."""
    responses = operation["responses"]
    if MEDIA_TYPE not in responses.get("422", {}).get("content", {}):
        responses.pop("422", None)  # the framework's own shape, which is never sent
    for status, told in _refusals(operation).items():
        responses[status] = merged(responses[status], told) if status in responses else told
    _declare_repeat(operation)
    operation["responses"] = {status: _written(status, responses[status], examples) for status in sorted(responses)}
    operation.setdefault("security", [])
    _open_to_keys(operation)
    _require_headers(operation)
    add_answers(operation)


def _written(status: str, told: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """One answer with the header that all have; a problem's example stands once in the document."""
    headers = {**STORED_NOWHERE, **told.get("headers", {}), **REQUEST_ID}
    if status < "400":
        own_words = told["description"] != "Successful Response"
        return {**told, "description": told["description"] if own_words else SUCCESS[status], "headers": headers}
    problem = told["content"][MEDIA_TYPE]
    shared.update(problem["examples"])
    shown = {code: {"$ref": f"#/components/examples/{code}"} for code in problem["examples"]}
    return {**told, "headers": headers, "content": {MEDIA_TYPE: {**problem, "examples": shown}}}


def _refusals(operation: Operation) -> dict[str, dict[str, Any]]:
    body = operation.get("requestBody", {}).get("content", {})
    kinds = [
        (ALWAYS, True),
        (SIGNED_IN, "security" in operation),
        (WITH_INPUT, body or operation.get("parameters")),
        (WITH_BODY, body),
        (WITH_JSON, "application/json" in body),  # a JSON body that does not say so is not read
    ]
    return {str(status): told for common, is_so in kinds if is_so for status, told in common.items()}


def _declare_repeat(operation: Operation) -> None:
    """What was made is answered again, with 200, to a repeat of the same call (design 5)."""
    responses = operation["responses"]
    if "201" in responses and operation["operationId"] not in NEVER_THE_SAME:
        responses.setdefault("200", {**responses["201"], "description": "重发：第一次的结果"})


def _leave_bodies_out(operation: Operation) -> None:
    """HEAD has the headers of an answer alone (RFC 9110)."""
    for told in operation["responses"].values():
        told.pop("content", None)


def _open_to_keys(operation: Operation) -> None:
    """By which scopes of an API key an operation may be called, beside a person's token."""
    name = operation["operationId"]
    if name not in OPENS and name not in OF_EVERY_KEY:
        return
    operation["security"] = [*operation["security"], {"ApiKey": []}]
    scopes = "、".join(f"`{scope}`" for scope in sorted(OPENS.get(name, ()))) or "任何一把"
    operation["description"] = f"{operation['description']}\n\n接口密钥：{scopes}。"


def _require_headers(operation: Operation) -> None:
    """Headers without which the call is refused by a code of its own, not as invalid input."""
    needed = {"Repr-Digest"} | ({"If-Match"} if "428" in operation["responses"] else set())
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in needed:
            parameter["required"] = True


def _label(name: str, schema: dict[str, Any]) -> None:
    """Chinese labels come with every enum (design 3)."""
    kind = getattr(words, name, None)
    if isinstance(kind, type) and issubclass(kind, Word) and "enum" in schema:
        schema["description"] = "；".join(f"{member.value} {member.label}" for member in kind)
        schema["x-labels-zh"] = {member.value: member.label for member in kind}
