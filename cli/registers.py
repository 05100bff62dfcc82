"""`zhicha export` and `zhicha import`: the same as by the API, at the office's own machine, as one of its people."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.imports import ImportRead, ImportWrite
from models.users import User
from models.words import ExportForm, ImportKind, ImportMode
from services import exports, imports
from services.access import Actor
from services.auth import actor_of_user
from services.chance import TrueChance
from services.clock import wall_clock
from services.confined.runner import Confined
from services.database import engine_for, sessions_for
from services.enterprises import Filters
from services.errors import DomainError
from services.keys import Keys
from services.sealing import ring_of
from services.settings import DatabaseUrls, Settings

MOST_TOLD = 20


class RegisterRefused(Exception):
    """The office says no; the text is one sentence."""


def export_to(urls: DatabaseUrls, settings: Settings, path: Path, username: str) -> int:
    """Write what this person sees to a file that is not there yet; its bytes. Raises RegisterRefused."""
    return asyncio.run(_export(urls, settings, path, username))


def import_from(
    urls: DatabaseUrls, settings: Settings, path: Path, username: str, kind: ImportKind, mode: ImportMode
) -> ImportRead:
    """Import a file as this person. Raises RegisterRefused."""
    return asyncio.run(_import(urls, settings, path, username, kind, mode))


def told(made: ImportRead) -> list[str]:
    """What became of it, for people."""
    lines = [
        f"{made.rows} 行 rows: {made.created} 新增 new, {made.updated} 修改 changed, {made.unchanged} 不变 unchanged",
        *[f"{note.sheet} {note.detail}".strip() for note in made.notes],
        *[f"{bad.sheet} {bad.cell} {bad.column}：{bad.detail}".strip() for bad in made.problems[:MOST_TOLD]],
    ]
    more = made.problem_count - MOST_TOLD
    lines += [f"…… 还有 {more} 处 and {more} more"] if more > 0 else []
    return [*lines, "已写入 Written." if made.applied else "没有写入 Nothing was written."]


async def _export(urls: DatabaseUrls, settings: Settings, path: Path, username: str) -> int:
    form = _form(path)
    async with _office(urls, settings, username) as acting:
        body = await exports.enterprises(acting, Filters(), form, settings.data, at=wall_clock())
        try:
            with path.open("xb") as file:
                return sum([file.write(piece) async for piece in body])
        except FileExistsError:
            raise RegisterRefused(f"{path} 已存在，不覆盖 is there already and is not overwritten.") from None


async def _import(
    urls: DatabaseUrls, settings: Settings, path: Path, username: str, kind: ImportKind, mode: ImportMode
) -> ImportRead:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise RegisterRefused(f"没有这个文件 There is no file {path}.") from None
    asked = ImportWrite(mode=mode, file_sha256=sha256(raw).hexdigest())
    async with _office(urls, settings, username) as acting:
        try:
            async with acting() as (tx, actor):
                sheets = await imports.opened(Confined(), actor, kind, raw)
                made, _ = await imports.send(tx, actor, kind, asked, sheets, at=wall_clock(), waits=True)
                return made
        except DomainError as error:
            raise RegisterRefused(f"{error.title}：{error}") from None


@asynccontextmanager
async def _office(urls: DatabaseUrls, settings: Settings, username: str) -> AsyncIterator[exports.Acting]:
    engine = engine_for(urls.service, 1)
    sessions = sessions_for(engine, TrueChance(), ring_of(Keys.read(settings).sealing))

    @asynccontextmanager
    async def acting() -> AsyncIterator[tuple[AsyncSession, Actor]]:
        async with sessions.begin() as tx:
            user_id = await tx.scalar(sa.select(col(User.id)).where(col(User.username) == username))
            actor = None if user_id is None else await actor_of_user(tx, user_id)
            if actor is None:
                raise RegisterRefused(f"没有这个账号 There is no account {username}.")
            yield tx, actor

    try:
        yield acting
    finally:
        await engine.dispose()


def _form(path: Path) -> ExportForm:
    try:
        return ExportForm(path.suffix.removeprefix(".").lower())
    except ValueError:
        raise RegisterRefused("文件名应以 .xlsx 或 .csv 结尾 The file's name must end in .xlsx or .csv.") from None
