"""A query that gives a single value twice is refused: to take the last one silently is to guess which one was meant."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args, get_origin
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_parameterless_sub_dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.routing import BaseRoute

from services.errors import InputError, InvalidInput


@dataclass(frozen=True)
class SaidOnce:
    """What an operation takes one value of, by its own parameters; names that it does not know are nobody's matter."""

    names: frozenset[str]

    async def __call__(self, request: Request) -> None:
        """Raises InvalidInput."""
        query: bytes = request.scope["query_string"]
        if b"&" not in query:
            return
        said = Counter(name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True))
        if twice := [name for name in said if said[name] > 1 and name in self.names]:
            raise InvalidInput([InputError(f"#/query/{name}", "repeated", "此查询参数只能写一次") for name in twice])


def refuse_repeats(routes: Sequence[BaseRoute]) -> None:
    """Of every operation, after its other dependencies: a stranger is told first that nobody knows them."""
    for route in routes:
        if isinstance(route, APIRoute) and (names := single_values(route)):
            said_once = Depends(SaidOnce(names))
            asked = get_parameterless_sub_dependant(depends=said_once, path=route.path_format)
            route.dependant.dependencies.append(asked)


def single_values(route: APIRoute) -> frozenset[str]:
    """The names in its query that stand for one value; lists may come several times."""
    return frozenset(name for name, shape in _in_query(route.dependant) if not _is_list(shape))


def _in_query(dependant: Dependant) -> Iterator[tuple[str, object]]:
    """Names and types, those of a model that stands for several included."""
    for field in dependant.query_params:
        shape = field.field_info.annotation
        if isinstance(shape, type) and issubclass(shape, BaseModel):
            yield from ((told.alias or name, told.annotation) for name, told in shape.model_fields.items())
        else:
            yield field.alias, shape
    for needed in dependant.dependencies:
        yield from _in_query(needed)


def _is_list(shape: object) -> bool:
    return get_origin(shape) in (list, tuple, set, frozenset) or any(map(_is_list, get_args(shape)))
