"""The document with ids of a real town offered beside the shapes, so that generated calls meet what is there."""

from copy import deepcopy
from typing import Any

from tests.makers_town import Town
from tests.world import OTHER_VILLAGE, TOWN, VILLAGE

PATHS = {"/api/v1/checklists/{code}": ["MIXD", "MECH"], "/api/v1/regions/{code}": [TOWN, VILLAGE, OTHER_VILLAGE]}
WORDS = {
    "region": [TOWN, VILLAGE, OTHER_VILLAGE],
    "industry": ["MECH", "MIXD"],
    "main_industry": ["MECH", "MIXD"],
    "item": ["MIXD11", "MIXD07"],
    "If-Match": ['"1"', '"2"', '"3"'],
    "arrived_at": ["2026-11-24T08:40:00+08:00", "2026-11-24T10:20:00+08:00"],
    "deadline": ["2026-12-01", "2026-12-20"],
    "new_deadline": ["2026-12-20"],
    "until": ["2026-12-25"],
    "received_on": ["2026-11-24"],
    "device_id": ["0b6f2f4e-6d0c-4a53-9a57-6a6a5b1f8f11"],
    "username": ["lin"],
}
NAMED_OTHERWISE = {
    "inspectors": "user_id",
    "approver_id": "leader_id",
    "on_behalf_of": "enterprise_id",
    "paper_photo_ids": "photo_id",
}
READ_ALONE = ("Read", "Page_")


def offered(document: dict[str, Any], town: Town) -> dict[str, Any]:
    """A copy whose parameters and bodies may be anything of their shape, or something of this town."""
    copy = deepcopy(document)
    for path, methods in copy["paths"].items():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                known = PATHS.get(path) if parameter["name"] == "code" else _known(parameter["name"], town)
                parameter["schema"] = _either(parameter["schema"], known)
    for name, schema in copy["components"]["schemas"].items():
        if not any(mark in name for mark in READ_ALONE):
            schema["properties"] = {
                field: _either(shape, _known(field, town)) for field, shape in schema.get("properties", {}).items()
            }
            if not schema["properties"]:
                del schema["properties"]
    return copy


def _known(name: str, town: Town) -> list[str] | None:
    singular = NAMED_OTHERWISE.get(name, name.removesuffix("s"))
    return WORDS.get(name) or town.ids.get(singular)


def _either(shape: dict[str, Any], known: list[str] | None) -> dict[str, Any]:
    if known is None:
        return shape
    if shape.get("type") == "array":
        return {**shape, "items": _either(shape["items"], known)}
    return {"anyOf": [{"enum": known}, shape]}
