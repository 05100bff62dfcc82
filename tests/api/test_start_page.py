"""The pages that people open first, and what they load: all from here, nothing from the internet."""

import re
from hashlib import sha256
from pathlib import Path

import pytest

from api import start_page
from api.pages import SERVED, WEB
from tests.world import World

VENDOR = WEB / "vendor"


def vendored() -> dict[str, str]:
    lines = (VENDOR / "VERSIONS").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    assert {len(row) for row in rows} == {5}
    return {row[0]: row[4] for row in rows}


def test_every_vendored_file_is_the_very_one_that_its_list_names() -> None:
    there = {
        str(path.relative_to(VENDOR)): sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "VERSIONS"
    }
    assert there == vendored()


async def test_the_first_page_says_in_chinese_what_this_is_and_that_it_runs(world: World) -> None:
    page = await world.client.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "四不两直" in page.text
    assert "运行正常" in page.text
    assert "2026-11-24 09:00" in page.text
    assert 'href="docs"' in page.text


async def test_the_first_page_of_an_unready_office_says_so_and_keeps_the_reasons_to_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unready(*_: object) -> list[str]:
        return ["密钥缺失 /secret/place"]

    monkeypatch.setattr(start_page, "unready_because", unready)
    page = await world.client.get("/")
    assert page.status_code == 200
    assert "暂时不能保证记录安全" in page.text
    assert "/secret/place" not in page.text


@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_a_page_loads_only_files_of_this_office_and_runs_nothing_inline(world: World, path: str) -> None:
    page = await world.client.get(path)
    assert re.findall(r"https?://|<script>|<style| style=| on\w+=", page.text) == []
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    for target in re.findall(r'(?:src|href)="(static/[^"]+)"', page.text):
        file = await world.client.get(f"/{target}")
        assert file.status_code == 200
        assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert file.content == (WEB / SERVED[Path(target).name][0]).read_bytes()


async def test_a_large_file_travels_compressed(world: World) -> None:
    target = re.search(r'src="(static/[^"]+bundle.js)"', (await world.client.get("/docs")).text)
    assert target is not None
    packed = await world.client.get(f"/{target[1]}", headers={"Accept-Encoding": "gzip"})
    plain = await world.client.get(f"/{target[1]}", headers={"Accept-Encoding": "identity"})
    assert (packed.headers["content-encoding"], plain.headers.get("content-encoding")) == ("gzip", None)
    assert packed.content == plain.content


@pytest.mark.parametrize(
    "path", ["/static/0000000000000000/docs.js", "/static/x/VERSIONS", "/static/..%2f..%2f/pyproject.toml", "/redoc"]
)
async def test_what_is_not_served_is_not_there(world: World, path: str) -> None:
    missing = await world.client.get(path)
    assert (missing.status_code, missing.json()["code"]) == (404, "no_such_path")
