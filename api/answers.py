"""Answers that the office really gave, as examples in the OpenAPI document; tests/answers.py records them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).with_name("answers.json")
SUCCESSES = ("200", "201")
JSON = "application/json"


@cache
def recorded() -> dict[str, dict[str, Any]]:
    """By operationId: the `parameters` that were sent, and the `answer` to them."""
    read: dict[str, dict[str, Any]] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return read


def add_answers(operation: dict[str, Any]) -> None:
    """Give an operation the parameters of its recorded call and the answer to it."""
    told = recorded().get(operation["operationId"], {})
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in told.get("parameters", {}):
            parameter["example"] = told["parameters"][parameter["name"]]
    for status in SUCCESSES:
        content = operation["responses"].get(status, {}).get("content", {})
        if JSON in content and "answer" in told:
            content[JSON] = {**content[JSON], "example": told["answer"]}
