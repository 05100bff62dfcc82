"""What the register takes: the same judgement for a call, a report that brings an enterprise, and a row of a file."""

from collections.abc import Iterable, Iterator

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import EnterprisePatch, EnterpriseWrite
from models.industries import Industry
from services.access import Actor
from services.errors import InputError
from services.rules.codes import is_region_code, read_uscc

TOWNSHIP_DIGITS = 9


async def known_industries(tx: AsyncSession) -> frozenset[str]:
    """Codes of all industries; some fifteen, read once for a call or a whole file."""
    return frozenset((await tx.scalars(sa.select(col(Industry.code)))).all())


def input_errors(actor: Actor, asked: EnterpriseWrite | EnterprisePatch, known: frozenset[str]) -> list[InputError]:
    """All that the register refuses in the fields that `asked` names; empty when it takes them."""
    return [*_of_uscc(asked.uscc), *_of_region(actor, asked.region), *_of_industries(actor, asked, known)]


def links(main: str, others: Iterable[str]) -> frozenset[str]:
    """All industries of an enterprise, its main one included."""
    return frozenset({main, *others})


def _of_uscc(uscc: str | None) -> Iterator[InputError]:
    if uscc is not None and not read_uscc(uscc).well_formed:
        yield InputError("/uscc", "uscc_malformed", "not a 统一社会信用代码 (18 characters, GB 32100-2015)")


def _of_region(actor: Actor, region: str | None) -> Iterator[InputError]:
    if region is None:
        return
    if not is_region_code(region) or len(region) < TOWNSHIP_DIGITS:
        yield InputError("/region", "region_malformed", "an enterprise lies in a township (9 digits) or a village (12)")
    elif not actor.covers(region):
        yield InputError("/region", "region_out_of_sight", "this region is not one of yours")


def _of_industries(
    actor: Actor, asked: EnterpriseWrite | EnterprisePatch, known: frozenset[str]
) -> Iterator[InputError]:
    named = [("/main_industry", asked.main_industry)] if asked.main_industry is not None else []
    named += [(f"/industries/{place}", code) for place, code in enumerate(asked.industries or [])]
    unknown = [pointer for pointer, code in named if code not in known]
    yield from (InputError(pointer, "industry_unknown", "no such industry: see listIndustries") for pointer in unknown)
    if isinstance(asked, EnterpriseWrite) and not unknown:
        yield from of_trades(actor, links(asked.main_industry, asked.industries))


def of_trades(actor: Actor, after: frozenset[str], before: frozenset[str] = frozenset()) -> Iterator[InputError]:
    """A department registers its own trades, and takes no trade away that another department answers for."""
    if actor.industries is None:
        return
    if not after & actor.industries:
        yield InputError("/main_industry", "industry_out_of_sight", "none of these industries is your department's")
    if (before - after) - actor.industries:
        yield InputError("/industries", "industry_of_others", "another department answers for an industry left out")
