"""Repeats and photos by others: whoever knows the very bytes and ids of a call out of sight learns nothing by them."""

from uuid import uuid4

import pytest

from tests.doors import bodies
from tests.doors.operations import Operation, Raw, told
from tests.doors.rows import ENTRANCES
from tests.doors.sight import READERS, hidden, home
from tests.doors.town import Town

pytestmark = pytest.mark.timeout(600)  # many probes; on a busy machine they take their time

REPEATED = {"createEnterprise": "enterprise", "submitInspection": "inspection", "planVisit": "sealed visit"}


async def test_a_repeat_of_a_call_out_of_sight_is_answered_like_any_id_that_is_taken(
    town: Town, doors: dict[str, Operation]
) -> None:
    """Sight is checked before a replay (design 5): the first result is nobody's but whose record it is."""
    wrong, probes = [], 0
    for name, noun in REPEATED.items():
        for reader, role in READERS.items():
            if role not in ENTRANCES[name].may:
                continue
            for zone in hidden(noun, reader, town.zones(noun)):
                probes += 1
                said = town.said[noun][zone]
                answer = told(await doors[name].call(town.readers[reader], body=said))
                other = {**bodies_of(name, town, reader), "id": said["id"]}
                taken = told(await doors[name].call(town.readers[reader], body=other))
                is_taken = answer[0] == 409 and b'"id_taken"' in answer[1] and answer == taken
                if not (is_taken or (name == "planVisit" and answer[0] == 422)):
                    wrong.append(f"{name} of {zone} by {reader}: {answer} instead of {taken}")
    assert wrong == []
    assert probes > 30, f"{probes} probes prove too little"


def bodies_of(name: str, town: Town, reader: str) -> dict[str, object]:
    made = ENTRANCES[name].body
    assert made
    body = made(town, home(reader), reader)
    assert isinstance(body, dict)
    return body


async def test_a_repeat_of_somebody_elses_import_is_answered_like_any_id_that_is_taken(
    town: Town, doors: dict[str, Operation]
) -> None:
    file = Raw(town.said["import"]["own"], {"Content-Type": "text/csv"})
    ask = f"?id={town.of('import', 'own')}"
    for reader in ("office", "department", "integrator", "other town's office"):
        same = told(await doors["importEnterprises"].call(town.readers[reader], ask=ask, body=file))
        other = bodies.register_file(town, home(reader), reader)
        taken = told(await doors["importEnterprises"].call(town.readers[reader], ask=ask, body=other))
        assert same == taken
        assert (same[0], b'"id_taken"' in same[1]) == (409, True)


async def test_the_very_bytes_of_a_photo_out_of_sight_tell_no_more_than_other_bytes(
    town: Town, doors: dict[str, Operation]
) -> None:
    probes = 0
    for reader, role in READERS.items():
        if role is None or reader in ("admin", "integrator"):
            continue
        for zone in hidden("photo", reader, town.zones("photo")):
            probes += 1
            photo_id, by = town.of("photo", zone), town.readers[reader]
            own = told(await doors["putPhoto"].call(by, photo_id, body=bodies.of_bytes(town.photos[zone])))
            other = told(await doors["putPhoto"].call(by, photo_id, body=bodies.photo(town, zone, reader)))
            assert own == other
            assert (own[0], b'"id_taken"' in own[1]) == (409, True)
    assert probes > 15, f"{probes} probes prove too little"


async def test_an_import_knows_no_enterprise_out_of_sight_by_name_code_or_number(
    town: Town, doors: dict[str, Operation]
) -> None:
    """A row that means one is judged like a row that means none."""
    for reader in ("office", "department", "integrator"):
        zone = hidden("enterprise", reader, town.zones("enterprise"))[0]
        shown = (await doors["getEnterprise"].call(town.officer, town.of("enterprise", zone))).json()
        answers = []
        for code, name in ((shown["office_code"], shown["name"]), (f"{shown['office_code'][:-4]}ZZZZ", "并无此名")):
            line = f"{name},{code},420582104201,MECH"
            file = Raw(f"企业名称,办公室编号,区划代码,行业\n{line}\n".encode(), {"Content-Type": "text/csv"})
            answer = await doors["importEnterprises"].call(town.readers[reader], ask=f"?id={uuid4()}", body=file)
            assert answer.status_code == 201, answer.text
            answers.append({**answer.json(), "id": None})
        assert answers[0] == answers[1]
