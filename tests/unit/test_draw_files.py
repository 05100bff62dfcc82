"""An opened draw is drawn again by whoever holds the file; whatever was changed in it is named."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner

from cli.main import app
from services.rules.canonical import canonical_json
from services.rules.draw_files import DrawFileUnreadable, differences, told
from services.rules.draws import METHOD, Candidate, Pool, Setting

OFFICERS = [UUID(int=900 + n) for n in range(3)]
POOL = Pool.ordered([Candidate(UUID(int=n + 1), n + 1) for n in range(9)], OFFICERS)
SETTING = Setting(b"s" * 32, POOL, {"method": METHOD, "count": 4}, datetime(2026, 11, 24, 1, tzinfo=UTC))


def opened() -> dict[str, Any]:
    return dict(json.loads(canonical_json(told(SETTING, SETTING.drawn()))))


def text(file: dict[str, Any]) -> str:
    return json.dumps(file)


def test_an_honest_draw_shows_no_difference() -> None:
    assert differences(text(opened())) == []
    assert differences(text(opened()), SETTING.commitment().hex().upper()) == []


def test_a_changed_list_is_named_by_its_place() -> None:
    file = opened()
    file["drawn"][1]["enterprise_id"] = str(UUID(int=77))
    [found] = differences(text(file))
    assert found.startswith("place 2: the file says 00000000-0000-0000-0000-00000000004d by ")
    file = opened()
    file["drawn"].pop()
    [found] = differences(text(file))
    assert found.startswith("place 4: the file says nothing, the draw gives ")


@pytest.mark.parametrize("part", ["seed", "time", "weight", "officers", "count", "barred"])
def test_whatever_is_changed_no_longer_fits_the_commitment(part: str) -> None:
    file = opened()
    changes: dict[str, Any] = {
        "seed": lambda: file.update(seed="00" * 32),
        "time": lambda: file.update(time="2026-11-24T01:00:01.000000Z"),
        "weight": lambda: file["pool"]["enterprises"][0].update(weight=99),
        "officers": lambda: file["pool"]["officers"].append(str(UUID(int=999))),
        "count": lambda: file["rules"].update(count=3),
        "barred": lambda: file["pool"]["enterprises"][0].update(barred=[str(OFFICERS[0])]),
    }
    changes[part]()
    assert differences(text(file))[0].startswith("commitment: the file says ")


def test_a_file_made_up_later_does_not_fit_the_commitment_that_was_published() -> None:
    other = Setting(b"t" * 32, POOL, SETTING.rules, SETTING.time)
    made_up = text(json.loads(canonical_json(told(other, other.drawn()))))
    assert differences(made_up) == []
    [found] = differences(made_up, SETTING.commitment().hex())
    assert found.startswith("commitment: published was ")


@pytest.mark.parametrize("file", ["", "[]", "{}", '{"rules": {"method": "dice"}}', '{"rules": 3}'])
def test_what_is_no_opened_draw_is_refused_with_a_sentence(file: str) -> None:
    with pytest.raises(DrawFileUnreadable):
        differences(file)


def test_the_command_needs_no_office_and_ends_with_1_at_a_difference(tmp_path: Path) -> None:
    path = tmp_path / "抽取.json"
    path.write_text(text(opened()), encoding="utf-8")
    right = CliRunner().invoke(app, ["check", "draw", str(path)])
    assert (right.exit_code, "4" in right.output) == (0, True), right.output
    wrong = CliRunner().invoke(app, ["check", "draw", str(path), "--commitment", "00" * 32])
    assert (wrong.exit_code, "published" in wrong.output) == (1, True)
    path.write_text("{}", encoding="utf-8")
    assert CliRunner().invoke(app, ["check", "draw", str(path)]).exit_code == 1
