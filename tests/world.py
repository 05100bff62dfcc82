"""Test worlds: people of an office and what they hold, made with only what matters to the test."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.office import Office
from models.auth import DeviceSession
from models.departments import Department, DepartmentIndustry
from models.organs import Organ
from models.regions import Region
from models.users import User
from models.words import AuthorityMode, Role
from services.chance import TrueChance
from services.database import job_sessions_for
from services.tokens import Access, write_access

COUNTY = "420582"
TOWN = "420582104"
VILLAGE = "420582104201"
OTHER_VILLAGE = "420582104202"
OTHER_TOWN = "420582105"
START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai, a Tuesday
CARD = (date(2024, 1, 1), date(2029, 12, 31))

PASSWORD = "correct horse battery staple"
# Made once: argon2 is slow on purpose, and most tests are not about signing in.
PASSWORD_HASH = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$unused"


class Clock:
    """The office's time, moved by the test alone."""

    def __init__(self) -> None:
        self._now = START

    def now(self) -> datetime:
        """The time now."""
        return self._now

    def reset(self) -> None:
        """Back to the start."""
        self._now = START

    def set(self, moment: datetime) -> None:
        """A certain time."""
        self._now = moment

    def forward(self, **span: float) -> datetime:
        """Later by days=, hours=, minutes=."""
        self._now += timedelta(**span)
        return self._now


@dataclass
class Person:
    """Somebody signed in, with the calls that their device would make."""

    user: User
    session_id: UUID
    client: httpx.AsyncClient
    office: Office

    @property
    def id(self) -> str:
        """The user's id, as JSON has it."""
        return str(self.user.id)

    def headers(self) -> dict[str, str]:
        """A fresh access token each call, so that a moved clock signs nobody out."""
        token = write_access(
            self.office.keys.token,
            Access(self.user.id, self.session_id),
            token_id=uuid4(),
            at=self.office.now(),
            lasts=timedelta(minutes=15),
        )
        return {"Authorization": f"Bearer {token}"}

    async def call(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """Any call under /api/v1."""
        headers = {**self.headers(), **kwargs.pop("headers", {})}
        return await self.client.request(method, f"/api/v1{path}", headers=headers, **kwargs)

    async def get(self, path: str, **kwargs: Any) -> httpx.Response:
        """GET."""
        return await self.call("GET", path, **kwargs)

    async def post(self, path: str, body: object = None, **kwargs: Any) -> httpx.Response:
        """POST with a JSON body."""
        return await self.call("POST", path, **({"json": body} if body is not None else {}), **kwargs)

    async def put(self, path: str, **kwargs: Any) -> httpx.Response:
        """PUT."""
        return await self.call("PUT", path, **kwargs)

    async def patch(self, path: str, body: object, *, version: int | None = 1) -> httpx.Response:
        """PATCH with If-Match."""
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        return await self.call("PATCH", path, json=body, headers=headers)


@dataclass
class World:
    """One office in one town."""

    client: httpx.AsyncClient
    clock: Clock
    office: Office
    _people: int = field(default=0)

    @property
    def rows(self) -> async_sessionmaker[AsyncSession]:
        """Transactions past everybody's sight: for rows that no operation makes, and to see what really is there."""
        return job_sessions_for(self.office.engine, TrueChance())

    async def person(
        self,
        role: Role,
        *,
        region: str | None = TOWN,
        carded: bool = False,
        industries: list[str] | None = None,
        **more: Any,
    ) -> Person:
        """Somebody with this role; `industries` puts them into a department of those trades."""
        self._people += 1
        department_id = None if industries is None else await self.department(industries)
        card = {"card_number": f"鄂{self._people:06}", "card_from": CARD[0], "card_to": CARD[1]} if carded else {}
        user = User(
            id=uuid4(),
            username=f"{role.value}{self._people}",
            name=f"{role.label}{self._people}",
            role=role,
            region=region,
            department_id=department_id,
            password_hash=PASSWORD_HASH,
            created_at=self.clock.now(),
            **{"must_change_password": False, **card, **more},
        )
        now = self.clock.now()
        session = DeviceSession(id=uuid4(), user_id=user.id, device_id=str(uuid4()), rotated_at=now, created_at=now)
        await self.add(user)
        await self.add(session)
        return Person(user, session.id, self.client, self.office)

    async def admin(self) -> Person:
        """An administrator."""
        return await self.person(Role.ADMIN, region=None)

    async def officer(self, **more: Any) -> Person:
        """The safety office's own, with a valid card."""
        return await self.person(Role.OFFICE, carded=True, **more)

    async def inspector(self, **more: Any) -> Person:
        """An inspector with a valid card."""
        return await self.person(Role.INSPECTOR, carded=True, **more)

    async def leader(self, **more: Any) -> Person:
        """The leader in charge."""
        return await self.person(Role.LEADER, **more)

    async def village(self, region: str = VILLAGE, **more: Any) -> Person:
        """A village's safety worker."""
        return await self.person(Role.VILLAGE, region=region, **more)

    async def boss(self, enterprise_id: str) -> Person:
        """The account of an enterprise."""
        return await self.person(Role.ENTERPRISE, region=None, enterprise_id=UUID(enterprise_id))

    async def department(self, industries: list[str]) -> UUID:
        """A department that answers for these industries."""
        department = Department(id=uuid4(), name="部门", created_at=self.clock.now())
        await self.add(department)
        await self.add(*[DepartmentIndustry(department_id=department.id, industry=code) for code in industries])
        return department.id

    async def organ(self, mode: AuthorityMode = AuthorityMode.OWN, region: str = TOWN) -> UUID:
        """An organ; `own` rests on a decision."""
        organ = Organ(
            id=uuid4(),
            name="某镇人民政府",
            paper_word="某镇应急",
            region=region,
            authority_mode=mode,
            authority_decision="省政府令第1号",
            review_organ="某市人民政府",
            court="某市人民法院",
            created_at=self.clock.now(),
        )
        await self.add(organ)
        return organ.id

    async def regions(self) -> None:
        """The county, two towns and two villages."""
        names = {COUNTY: "某市", TOWN: "某镇", VILLAGE: "甲村", OTHER_VILLAGE: "乙村", OTHER_TOWN: "邻镇"}
        await self.add(*[Region(code=code, name=name, created_at=START) for code, name in names.items()])

    async def enterprise(self, *, by: Person | None = None, **only_what_matters: Any) -> str:
        """An enterprise on the register, by its id."""
        by = by or await self.officer(region=COUNTY)
        body = {"name": "宏达机械加工厂", "region": VILLAGE, "main_industry": "MECH", **only_what_matters}
        answer = await by.post("/enterprises", body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def add(self, *rows: Any) -> None:
        """Rows that no operation of the API makes, or that the test is not about."""
        async with self.rows.begin() as tx:
            tx.add_all(rows)
