"""The first page at /: what this is, where the docs are, what state it is in. And the docs pages, without internet."""

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
