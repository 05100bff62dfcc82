"""The demo town as plain data: who and what is in it follows from the seed, the day and the size alone."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from uuid import UUID

from cli.demo import names
from models.departments import DepartmentWrite
from models.enterprises import EnterpriseWrite
from models.organs import OrganWrite
from models.regions import RegionWrite
from models.shapes import Location
from models.words import AuthorityMode, Hat, Role

CENTRE = (111.342, 30.518)
VILLAGE_SPREAD, DOOR_SPREAD = 0.045, 0.006
DAYS = 730


@dataclass(frozen=True)
class Size:
    """How big the town is; tests take a small one."""

    villages: int = 40
    enterprises: int = 300
    visits: int = 310


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    id: UUID
    username: str
    name: str
    role: Role
    region: str | None = None
    department_id: UUID | None = None
    enterprise_id: UUID | None = None
    hats: tuple[Hat, ...] = ()
    card_number: str | None = None
    card_from: date | None = None
    card_to: date | None = None

    def has_card(self, on: date) -> bool:
        """Whether the card is valid on that day."""
        return self.card_from is not None and self.card_to is not None and self.card_from <= on <= self.card_to


@dataclass(frozen=True)
class Town:
    """Everything that is there before the first visit."""

    seed: int
    on: date
    organ: OrganWrite
    regions: list[RegionWrite]
    departments: list[DepartmentWrite]
    enterprises: list[EnterpriseWrite]
    people: list[Person]
    registrars: dict[UUID, Person] = field(default_factory=dict)

    @property
    def began_on(self) -> date:
        """The day of the first entry."""
        return self.on - timedelta(days=DAYS + 30)

    def of_role(self, role: Role) -> list[Person]:
        """All people of a role."""
        return [person for person in self.people if person.role is role]


def new_id(rng: Random) -> UUID:
    """A UUID 4 that follows from the seed."""
    return UUID(int=rng.getrandbits(128), version=4)


def plan_town(seed: int, on: date, size: Size) -> Town:
    """The same seed, day and size give the same town."""
    rng = Random(f"town {seed} {on}")  # noqa: S311 - repeatable on purpose
    organ = OrganWrite(
        id=new_id(rng),
        name=names.ORGAN,
        paper_word=names.PAPER_WORD,
        region=names.TOWN_CODE,
        authority_mode=AuthorityMode.OWN,
        authority_decision="临江县赋权乡镇行政执法事项目录（演示，并非真实文件）",
        authority_from=on - timedelta(days=4 * 365),
        review_organ="临江县人民政府",
        court="临江县人民法院",
    )
    regions = _regions(size)
    departments = _departments(rng)
    villages = regions[2:]
    enterprises = _enterprises(rng, villages, size.enterprises)
    people = _people(rng, on, departments, villages, enterprises)
    town = Town(seed, on, organ, regions, departments, enterprises, people)
    officers = town.of_role(Role.OFFICE)
    workers = {person.region: person for person in town.of_role(Role.VILLAGE)}
    for place, enterprise in enumerate(enterprises):
        assert enterprise.id is not None
        proposed = place > 1 and place % 29 == 0  # a village proposes now and then; the office has not confirmed these
        town.registrars[enterprise.id] = workers[enterprise.region] if proposed else rng.choice(officers)
    return town


def _regions(size: Size) -> list[RegionWrite]:
    """The county, the town, then villages (2xx) and street communities (0xx) in turn, four to one."""
    streets = round(size.villages * len(names.STREETS) / (len(names.VILLAGES) + len(names.STREETS)))
    below = [(f"{201 + n:03}", name) for n, name in enumerate(names.VILLAGES[: size.villages - streets])]
    below += [(f"{1 + n:03}", name) for n, name in enumerate(names.STREETS[:streets])]
    return [
        RegionWrite(code=names.COUNTY_CODE, name=names.COUNTY),
        RegionWrite(code=names.TOWN_CODE, name=names.TOWN),
        *[RegionWrite(code=names.TOWN_CODE + code, name=name) for code, name in below],
    ]


def _departments(rng: Random) -> list[DepartmentWrite]:
    trades = {
        "镇城建办": ["CONS", "PIPE", "CATR"],
        "镇经济发展办": ["MECH", "FOPR", "CHEM", "MINE"],
        "市场监管所": ["FDRG", "SEQ", "FUEL"],
        "镇教育办": ["SCHL"],
        "交管站": ["ROAD"],
        "消防工作站": ["CRWD", "MIXD", "FIRW"],
    }
    return [DepartmentWrite(id=new_id(rng), name=name, industries=own) for name, own in trades.items()]


def _enterprises(rng: Random, villages: list[RegionWrite], count: int) -> list[EnterpriseWrite]:
    """The first is the one that the loop visits: people live where goods are made and sold."""
    taken: set[str] = set()
    codes, shares = list(names.TRADES), [share for share, _ in names.TRADES.values()]
    first = list(dict.fromkeys(["MIXD", *codes]))  # every trade once, then by its share
    industries = (first + rng.choices(codes, shares, k=count))[:count]
    middles = {v.code: (_near(rng, CENTRE[0], VILLAGE_SPREAD), _near(rng, CENTRE[1], VILLAGE_SPREAD)) for v in villages}
    return [_enterprise(rng, industry, rng.choice(villages), taken, middles) for industry in industries]


def _enterprise(
    rng: Random, industry: str, village: RegionWrite, taken: set[str], middles: dict[str, tuple[float, float]]
) -> EnterpriseWrite:
    stall = industry in names.WITHOUT_USCC and bool(taken) and rng.random() < 0.35
    lon, lat = middles[village.code]
    place = Location(lon=_near(rng, lon, DOOR_SPREAD), lat=_near(rng, lat, DOOR_SPREAD), accuracy_m=rng.randint(4, 25))
    more = rng.choice(["CATR", "SEQ", "CRWD", "FDRG"])
    principal = names.person_name(rng)
    return EnterpriseWrite(
        id=new_id(rng),
        name=names.enterprise_name(rng, industry, taken),
        uscc=None if stall else names.uscc(rng, is_person=industry in names.WITHOUT_USCC),
        region=village.code,
        address=f"{village.name}{rng.randint(1, 12)}组{rng.randint(1, 188)}号",
        location=place,
        main_industry=industry,
        industries=[more] if more != industry and rng.random() < 0.2 else [],
        principal_name=principal,
        principal_phone=f"1{rng.choice('358')}0{rng.randrange(10**8):08}",
        safety_manager_name=principal if stall else names.person_name(rng),
    )


def _near(rng: Random, middle: float, spread: float) -> float:
    return round(rng.gauss(middle, spread / 2), 6)


def _people(
    rng: Random,
    on: date,
    departments: list[DepartmentWrite],
    villages: list[RegionWrite],
    enterprises: list[EnterpriseWrite],
) -> list[Person]:
    """Accounts of every role; the last inspector's card has run out, so a visit of his counts as a patrol."""
    town = names.TOWN_CODE
    people = [_person(rng, Role.ADMIN, 1)]
    people += [_person(rng, Role.LEADER, n, region=town, hats=(Hat.AUDITOR,) if n == 2 else ()) for n in (1, 2)]
    people += [_person(rng, Role.OFFICE, n, region=town, **_card(n, on)) for n in (1, 2, 3)]
    people += [_person(rng, Role.INSPECTOR, n, region=town, **_card(10 + n, on)) for n in range(1, 8)]
    people.append(_person(rng, Role.INSPECTOR, 8, region=town, **_card(18, on - timedelta(days=760))))
    people += [
        _person(rng, Role.DEPARTMENT, n, region=town, department_id=department.id, **_card(30 + n, on))
        for n, department in enumerate(departments, start=1)
    ]
    people += [_person(rng, Role.VILLAGE, n, region=village.code) for n, village in enumerate(villages, start=1)]
    owners = [enterprise for place, enterprise in enumerate(enterprises) if place < 5 or place % 15 == 0]
    people += [_person(rng, Role.ENTERPRISE, n, enterprise_id=owner.id) for n, owner in enumerate(owners, start=1)]
    people.append(_person(rng, Role.INTEGRATOR, 1, region=town))
    return people


def _card(number: int, on: date) -> dict[str, object]:
    first = on - timedelta(days=3 * 365)
    return {"card_number": f"鄂E演示{number:04}", "card_from": first, "card_to": first + timedelta(days=5 * 365)}


def _person(rng: Random, role: Role, number: int, **more: object) -> Person:
    return Person(new_id(rng), f"demo-{role.value}{number}", names.person_name(rng), role, **more)  # type: ignore[arg-type]
