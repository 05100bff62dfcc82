"""Every way in which one honest body can be spoilt, worked out from its schema in the OpenAPI document."""

import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

MARK = "勿外传7f3a"
"""Stands in every bad value; no answer may repeat it."""

Step = str | int
Schema = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Where in a body, what the schema wants there, and whether null is refused."""

    steps: tuple[Step, ...]
    schema: Schema
    required: bool

    @property
    def pointer(self) -> str:
        """As a problem names it."""
        return "".join(f"/{step}" for step in self.steps)


@dataclass(frozen=True)
class Bad:
    """One spoilt body. `pointer` is the place of the fault, where it has one."""

    why: str
    raw: bytes
    media_type: str | None = "application/json"
    pointer: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Shapes:
    """The document's schemas."""

    schemas: dict[str, Schema]

    def plain(self, schema: Schema) -> Schema:
        """Without references and without the null of an optional one."""
        while True:
            if "$ref" in schema:
                schema = self.schemas[schema["$ref"].rsplit("/", 1)[1]]
            elif "anyOf" in schema:
                schema = next(one for one in schema["anyOf"] if one.get("type") != "null")
            else:
                return schema

    def places(
        self, schema: Schema, value: Any, steps: tuple[Step, ...] = (), required: bool = True
    ) -> Iterator[Place]:
        """Every property that the schema knows of the objects that the honest body has, and every list's first."""
        plain = self.plain(schema)
        if steps:
            nullable = "anyOf" in schema and any(one.get("type") == "null" for one in schema["anyOf"])
            yield Place(steps, plain, required and not nullable)
        if plain.get("type") == "object" and isinstance(value, dict):
            for name, below in plain.get("properties", {}).items():
                yield from self.places(below, value.get(name), (*steps, name), name in plain.get("required", ()))
        elif plain.get("type") == "array" and isinstance(value, list) and value:
            yield from self.places(plain["items"], value[0], (*steps, 0))

    def untold(self, schema: Schema, value: Any) -> Iterator[str]:
        """Objects of the schema that the honest body does not show, so that nobody would spoil them."""
        plain = self.plain(schema)
        if plain.get("type") == "object" and "properties" in plain:
            if not isinstance(value, dict):
                yield plain.get("title", "?")
                return
            for name, below in plain["properties"].items():
                yield from self.untold(below, value.get(name))
        elif plain.get("type") == "array":
            yield from self.untold(plain["items"], value[0] if isinstance(value, list) and value else None)


TEXTS = {
    "NUL escaped": rb"\u0000",
    "half a pair escaped": rb"\ud800",
    "half a pair raw": b"\xed\xa0\x80",
    "NUL raw": b"\x00",
}
WRONG: dict[str, list[Any]] = {
    "string": [0, True, [MARK], {MARK: MARK}, 10**400],
    "date": [0, 1764547200, "1764547200", "2026-12-01T00:00:00Z", "2026-02-30", "0000-00-00", MARK],
    "date-time": [0, 1764547200, "1764547200", "2026-12-01T09:00:00", "2026-13-01T09:00:00Z", MARK],
    "uuid": [7, "7", f"{MARK}-0000-7000-8000-000000000001"],
    "boolean": ["off", "true", 0, 1, MARK],
    "integer": ["1", 1.5, 10**400, -(10**20), True, MARK],
    "number": ["1", 10**400, -(10**20), True, MARK],
    "array": [{}, MARK, 1],
    "object": [[], MARK, 1],
}
NUMBERS = {b"NaN": "not a number", b"Infinity": "infinite", b"1e999": "too large", b"9" * 5000: "5,000 digits"}


def of_a_place(honest: Any, place: Place) -> Iterator[Bad]:
    """What may be wrong with one value."""
    kind = place.schema.get("type", "string")
    for wrong in WRONG.get(place.schema.get("format", ""), WRONG.get(kind, [])):
        yield Bad(
            f"{place.pointer} = {str(wrong)[:30]!r}", dumped(put(honest, place.steps, wrong)), pointer=place.pointer
        )
    if place.required:
        yield Bad(f"{place.pointer} = null", dumped(put(honest, place.steps, None)), pointer=place.pointer)
    if kind == "string":
        marked = dumped(put(honest, place.steps, MARK + "@@"))
        for why, raw in TEXTS.items():
            yield Bad(f"{place.pointer}: {why}", marked.replace(b"@@", raw))
    if kind in ("integer", "number"):
        marked = dumped(put(honest, place.steps, "@@"))
        for raw, why in NUMBERS.items():
            yield Bad(f"{place.pointer}: {why}", marked.replace(b'"@@"', raw))


def of_the_whole(honest: dict[str, Any], *, takes_unknown: bool) -> Iterator[Bad]:
    """What may be wrong with a body as such."""
    good = dumped(honest)
    first = dumped(next(iter(honest)))
    yield Bad("empty", b"")
    yield Bad("not JSON", f'{{"{MARK}"'.encode())
    yield Bad("not UTF-8", good.replace(b"{", b'{"x": "\xff", ', 1))
    yield Bad("a mark of byte order", b"\xef\xbb\xbf" + good)
    yield Bad("two values", good + good)
    for top in (b"[]", b"null", b"true", b"0", b"NaN", b"[" + good + b"]", json.dumps(MARK).encode()):
        yield Bad(f"{top[:8]!r} at the top", top)
    yield Bad("a key twice", b"{" + first + b": 1, " + good[1:])
    yield Bad("100,000 lists deep", b"[" * 100_000 + b"]" * 100_000)
    yield Bad("100,000 objects deep", b'{"a":' * 100_000 + b"1" + b"}" * 100_000)
    yield Bad("100,000 deep in an unknown field", b'{"unknown": ' + b"[" * 100_000 + b"]" * 100_000 + b", " + good[1:])
    for why, raw in TEXTS.items():
        yield Bad(f"{why} in a key", b'{"' + MARK.encode() + raw + b'": 1, ' + good[1:])
    if not takes_unknown:
        yield Bad("an unknown field", dumped({**honest, "shoe_size": MARK}), pointer="/shoe_size")
    for media_type in ("text/plain", "application/xml", "multipart/form-data", "x", None):
        yield Bad(f"named {media_type}", good, media_type)


def dumped(value: Any) -> bytes:
    """As JSON, every character as it is."""
    return json.dumps(value, ensure_ascii=False).encode()


def put(value: Any, steps: tuple[Step, ...], wrong: Any) -> Any:
    """A copy of the value with something else at one place."""
    if not steps:
        return wrong
    step, *rest = steps
    if isinstance(value, list):
        return [put(one, tuple(rest), wrong) if at == step else one for at, one in enumerate(value)]
    return {**value, step: put(value.get(str(step)), tuple(rest), wrong)}


def of_a_form(honest: dict[str, str]) -> Iterator[Bad]:
    """A form with fields missing, empty, too long, or of characters that nobody can keep."""
    form = "application/x-www-form-urlencoded"
    for name in honest:
        rest = urlencode({key: value for key, value in honest.items() if key != name})
        for why, value in {"missing": None, "empty": "", "10,000 long": MARK * 1500, "NUL": f"{MARK}%00"}.items():
            raw = rest if value is None else f"{rest}&{name}={value}"
            yield Bad(f"{name} {why}", raw.encode(), form)
    good = urlencode(honest).encode()
    yield Bad("JSON", dumped(honest), "application/json")
    yield Bad("empty", b"", form)
    yield Bad("2,000 fields", good + b"&".join(b"x=%d" % number for number in range(2000)), form)
    for media_type in ("text/plain", "multipart/form-data", f"{form}; charset=x", None):
        yield Bad(f"named {media_type}", b"\xff\x00=&&=%zz", media_type)


def of_a_file(good: bytes) -> Iterator[Bad]:
    """What is no register at all."""
    for why, raw in {"empty": b"", "zeros": bytes(1000), "no heading": b"1,2,3\n", "a lone quote": b'"' + good}.items():
        yield Bad(why, raw, "text/csv")
    yield Bad("UTF-16", good.decode().encode("utf-16"), "text/csv")
    for media_type in ("application/json", "image/jpeg", None):
        yield Bad(f"named {media_type}", good, media_type)
    yield from of_a_multipart("file")


def of_a_photo(good: bytes) -> Iterator[Bad]:
    """What is no picture, or not the one that was named."""
    yield Bad("another photo", good + b"x", "image/jpeg")
    yield Bad("empty", b"", "image/jpeg")
    for why, header in {"no base64": "sha-256=:?:", "another hash": "md5=:aaaa:", "10,000 long": "x" * 10_000}.items():
        yield Bad(f"digest {why}", good, "image/jpeg", headers={"Repr-Digest": header})
    for why, raw in {"text": MARK.encode(), "cut off": good[:500], "of zeros": bytes(5000)}.items():
        digest = b64encode(sha256(raw).digest()).decode()
        yield Bad(why, raw, "image/jpeg", headers={"Repr-Digest": f"sha-256=:{digest}:"})


def of_a_piece(good: bytes) -> Iterator[Bad]:
    """Bytes of an upload that changed on the way, are too many, or come in another way than tus has them."""
    kind = "application/offset+octet-stream"
    yield Bad("more than announced", good + b"x", kind)
    yield Bad("of another type", good, "image/jpeg")
    yield Bad("of another version", good, kind, headers={"Tus-Resumable": "0.2.2"})
    another = f"sha1 {b64encode(bytes(20)).decode()}"
    for why, header in {"another": another, "crc32": "crc32 AAAA", "cut": "sha1"}.items():
        yield Bad(f"checksum {why}", good, kind, headers={"Upload-Checksum": header})


def of_a_multipart(part: str, good: bytes = b"{}") -> Iterator[Bad]:
    """A form in parts that is cut off, unnamed, or not what its header says. `part` is the one it must have."""
    kind = "multipart/form-data; boundary=x"

    def parts(*named: tuple[str, bytes]) -> bytes:
        head = b'--x\r\nContent-Disposition: form-data; name="%s"; filename="a"\r\n\r\n%s\r\n'
        return b"".join(head % (name.encode(), data) for name, data in named) + b"--x--\r\n"

    yield Bad("no boundary", parts((part, good)), "multipart/form-data")
    yield Bad("boundary too long", parts((part, good)), "multipart/form-data; boundary=" + "x" * 2000)
    yield Bad("empty", b"", kind)
    yield Bad("no parts", b"--x--\r\n", kind)
    yield Bad("not multipart", MARK.encode(), kind)
    yield Bad("cut off", parts((part, good))[:-9], kind)
    yield Bad("another part alone", parts((MARK, good)), kind)
    yield Bad("a nameless part", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n", kind)
    yield Bad("headers without end", b"--x\r\n" + b"a: b\r\n" * 10_000, kind)
    yield Bad("a header of 100 kB", b"--x\r\nContent-Disposition: " + b"a" * 100_000 + b"\r\n\r\n", kind)
    yield Bad("700 parts", parts(*((f"{number}", b"") for number in range(700))), kind)


def of_a_report_in_parts(good: bytes) -> Iterator[Bad]:
    """A report that comes with photos, and one of both is none."""
    photo = "0198f3a0-0000-7000-8000-0000000000b1"

    def parts(*named: tuple[str, bytes]) -> Bad:
        head = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        raw = b"".join(head % (name.encode(), data) for name, data in named) + b"--x--\r\n"
        return Bad(f"parts {[name for name, _ in named]}", raw, "multipart/form-data; boundary=x")

    yield parts(("report", good), ("report", good))
    yield parts(("report", MARK.encode()))
    yield parts(("report", b"[" * 100_000))
    yield parts((photo, MARK.encode()), ("report", good))
    yield parts((photo, b"\xff\xd8\xff\xe0" + bytes(100)), ("report", good))
    yield parts((photo.replace("-7000", "-1000"), b""), ("report", good))
    yield parts(("report", good.replace(b'"kind"', b'"kind": "\\ud800", "kin"', 1)))
