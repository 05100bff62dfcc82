"""From the raw bytes of a report to its shape: strict JSON, strict scalars, unknown fields kept and named."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from services.errors import InputError, InvalidInput
from services.rules.canonical import canonical_json
from services.rules.strict_json import Json, NotStrictJson, pointer_along, pointer_to, read_json

Shape = TypeVar("Shape", bound=BaseModel)


@dataclass(frozen=True)
class Sent(Generic[Shape]):
    """A body exactly as it came, and what it says. `content_sha256` is that of its canonical JSON."""

    raw: bytes
    said: Shape
    content_sha256: str
    unknown_fields: list[str]

    @property
    def raw_sha256(self) -> bytes:
        """Of the bytes exactly as they came; the receipt names it."""
        return sha256(self.raw).digest()


def read_sent(raw: bytes, shape: type[Shape]) -> Sent[Shape]:
    """Raises InvalidInput with a pointer for what is not JSON, not an object, or not of this shape."""
    value = read_object(raw)
    try:
        said = shape.model_validate(value)
    except ValidationError as error:
        raise InvalidInput(list(_errors(error, value))) from None
    return Sent(raw, said, sha256(canonical_json(value)).hexdigest(), list(_unknown(said, "")))


def read_object(raw: bytes) -> dict[str, Json]:
    """The JSON object of these bytes. Raises InvalidInput."""
    try:
        value = read_json(raw)
    except NotStrictJson as error:
        raise InvalidInput.at(error.pointer, error.code, error.detail) from None
    if not isinstance(value, dict):
        raise InvalidInput.at("", "object_needed", "the body must be a JSON object")
    return value


def _errors(error: ValidationError, sent: Json) -> Iterator[InputError]:
    for wrong in error.errors(include_input=False, include_url=False, include_context=False):
        yield InputError(pointer_along(wrong["loc"], sent), wrong["type"], wrong["msg"])


def _unknown(said: BaseModel, at: str) -> Iterator[str]:
    """Pointers of the fields that this version does not know, wherever they are."""
    yield from (pointer_to(at, key) for key in said.model_extra or ())
    for name in type(said).model_fields:
        value = getattr(said, name)
        if isinstance(value, BaseModel):
            yield from _unknown(value, pointer_to(at, name))
        elif isinstance(value, list):
            for place, item in enumerate(value):
                if isinstance(item, BaseModel):
                    yield from _unknown(item, pointer_to(pointer_to(at, name), place))
