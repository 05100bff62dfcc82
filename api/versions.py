"""What an answer says of itself: its version as an ETag, and 200 instead of 201 when it repeats an earlier one."""

from typing import Any, Protocol, TypeVar

from fastapi import Response

from api.headers import ETAG


class Versioned(Protocol):
    """A read model that carries the row's version."""

    @property
    def version(self) -> int: ...


Shown = TypeVar("Shown", bound=Versioned)
Answer = TypeVar("Answer")


def answered(response: Response, shown: Shown, *, is_new: bool = True) -> Shown:
    """The read model, with its ETag; a repeat answers 200."""
    response.headers["ETag"] = f'"{shown.version}"'
    return marked(response, shown, is_new=is_new)


def marked(response: Response, shown: Answer, *, is_new: bool) -> Answer:
    """The same for what has no version of its own, such as a paper that is never changed."""
    if not is_new:
        response.status_code = 200
    return shown


def tagged(status: int = 200) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route whose answer carries its version."""
    return {status: {"headers": ETAG}}
