"""The OpenAPI document as a contract: what is wrong with an answer that the office gave."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema_rs

PROBLEM = "application/problem+json"
TELLING = {
    "accept-ranges",
    "cache-control",
    "content-disposition",
    "content-range",
    "etag",
    "location",
    "repr-digest",
    "request-id",
    "retry-after",
    "www-authenticate",
    "zhicha-preview",
}
"""Headers that mean something to a client of the API; others belong to the transport."""


class Contract:
    """What the document promises, operation by operation."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._components = document["components"]
        self._operations = [
            (method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        ]
        self._validators: dict[str, jsonschema_rs.Validator] = {}

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        """The operation of a call; a path without a parameter is the nearer one."""
        fitting = [one for one in self._operations if one[0] == method.lower() and one[1].fullmatch(path)]
        return min(fitting, key=lambda one: one[1].groups)[2] if fitting else None

    def parameters(self, request: httpx.Request) -> dict[str, Any]:
        """What the call sent, by the names of the document's parameters."""
        operation = self.operation(request.method, request.url.path) or {}
        [places] = [
            found.groupdict()
            for method, path, one in self._operations
            if one is operation and (found := path.fullmatch(request.url.path))
        ]
        sent: dict[str, Any] = {}
        for parameter in operation.get("parameters", ()):
            name, schema = parameter["name"], parameter["schema"]
            alone = request.headers.get(name) or places.get(name)
            values = [alone] if alone is not None else request.url.params.get_list(name)
            read = [_read(value, repr(schema)) for value in values]
            if read:
                sent[name] = read if schema.get("type") == "array" else read[0]
        return sent

    def faults(self, answer: httpx.Response) -> Iterator[str]:
        """Everything of the answer that the document does not tell: status, code, content type, headers, shape."""
        operation = self.operation(answer.request.method, answer.request.url.path)
        if operation is None:
            return
        name = f"{operation['operationId']} {answer.status_code}"
        told = operation["responses"].get(str(answer.status_code))
        if told is None:
            yield f"{name} is not declared: {answer.text[:300]}"
            return
        yield from (f"{name}: {fault}" for fault in self._header_faults(answer, told))
        yield from (f"{name}: {fault}" for fault in self._content_faults(answer, told))

    def _header_faults(self, answer: httpx.Response, told: dict[str, Any]) -> Iterator[str]:
        declared = {header.lower(): self._header(shape) for header, shape in told.get("headers", {}).items()}
        for header in TELLING & set(answer.headers):
            if header not in declared:
                yield f"header {header} is not declared"
            elif not re.search(declared[header].get("pattern", ""), answer.headers[header]):
                yield f"header {header} has another form: {answer.headers[header]}"

    def _header(self, shape: dict[str, Any]) -> dict[str, Any]:
        if "$ref" in shape:
            shape = self._components["headers"][shape["$ref"].rsplit("/", 1)[1]]
        found: dict[str, Any] = shape["schema"]
        return found

    def _content_faults(self, answer: httpx.Response, told: dict[str, Any]) -> Iterator[str]:
        content = told.get("content", {})
        if not content or not answer.content:
            if bool(content) != bool(answer.content):
                yield "has content where none is declared, or none where some is"
            return
        media_type = answer.headers["content-type"].partition(";")[0]
        if media_type not in content:
            yield f"{media_type} is not declared"
        elif media_type.endswith("json"):
            yield from self._shape_faults(answer.json(), content[media_type])
            code = answer.json()["code"] if media_type == PROBLEM else None
            if code is not None and code not in content[media_type]["examples"]:
                yield f"code {code} is not declared"

    def _shape_faults(self, value: Any, content: dict[str, Any]) -> Iterator[str]:
        schema = content["schema"]
        key = repr(schema)
        if key not in self._validators:
            whole = {**schema, "components": self._components}
            self._validators[key] = jsonschema_rs.validator_for(whole, validate_formats=True)
        for error in self._validators[key].iter_errors(value):
            yield f"{'/'.join(map(str, error.instance_path))}: {error.message[:200]}"


def _read(value: str, schema: str) -> object:
    """A parameter as its schema has it: numbers and truth are no text in an example."""
    if "boolean" in schema:
        return value == "true"
    return int(value) if "integer" in schema else value
