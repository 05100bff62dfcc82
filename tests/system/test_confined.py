"""The confined runner: whatever the work does, the service gets a typed answer in time and nothing leaks."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.confined.protocol import Answer, BadFrame, Failure, Limits, Reason, pack, unpack
from services.confined.runner import Confined, ConfinedFailed
from services.confined.works import Work

LIMITS = Limits(
    wall_seconds=20, cpu_seconds=10, memory_bytes=1_000_000_000, input_max_bytes=2_000_000, answer_max_bytes=5_000_000
)
PROBE = Work("probe", "tests.system.confined_probe", LIMITS)
ROOT = Path(__file__).resolve().parents[2]


async def do(deed: str, data: bytes = b"", work: Work = PROBE) -> Answer:
    return await Confined().run(work, data, {"deed": deed})


async def failure(doing: Callable[[], Awaitable[Answer]]) -> ConfinedFailed:
    with pytest.raises(ConfinedFailed) as caught:
        await doing()
    return caught.value


async def test_bytes_and_files_go_in_and_named_parts_come_out(tmp_path: Path) -> None:
    data = os.urandom(1_500_000)
    assert (await do("echo", data)).parts == {"same": data, "none": b""}
    (tmp_path / "data").write_bytes(data)
    answer = await Confined().run(PROBE, tmp_path / "data", {"deed": "echo"})
    assert answer.parts["same"] == data


async def test_the_child_knows_none_of_our_environment_and_stands_in_no_folder_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ZHICHA_ADMIN_PASSWORD", "secret")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    facts = (await do("echo")).facts
    assert facts["environment"] == "LC_ALL"
    assert facts["folder"] == "/"
    assert facts["pid"] != os.getpid()


async def test_the_child_opens_no_file_makes_no_socket_and_starts_no_program() -> None:
    facts = (await do("escape", b"loot")).facts
    assert "done" not in facts.values()
    assert set(facts) == {"read_a_file", "write_a_file", "make_a_socket", "start_a_program"}
    assert not Path("/tmp/zhicha-escaped").exists()


async def test_no_descriptor_of_the_service_is_inherited(tmp_path: Path) -> None:
    with (tmp_path / "key").open("wb") as file:
        os.set_inheritable(file.fileno(), True)
        assert (await do("descriptors")).facts["open"] == "0,1,2,3"


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("eat", Reason.MEMORY),
        ("crash", Reason.CRASHED),
        ("abort", Reason.CRASHED),
        ("garble", Reason.GARBLED),
        ("flood", Reason.GARBLED),
        ("refuse", Reason.REFUSED),
        ("stumble", Reason.CRASHED),
    ],
)
async def test_each_way_to_fail_has_its_reason_and_the_next_work_goes_well(deed: str, reason: Reason) -> None:
    confined = Confined()
    error = await failure(lambda: confined.run(PROBE, b"input", {"deed": deed}))
    assert error.reason is reason
    assert error.work == "probe"
    assert "input" not in error.detail
    assert (await confined.run(PROBE, b"fine", {"deed": "echo"})).parts["same"] == b"fine"


async def test_a_refusal_carries_the_works_own_word() -> None:
    assert (await failure(lambda: do("refuse"))).detail == "not_a_book"


async def test_a_library_that_prints_does_not_garble_the_answer() -> None:
    assert (await do("noise")).facts == {"said": True}


async def test_work_that_computes_for_ever_ends_at_its_cpu_limit() -> None:
    work = replace(PROBE, limits=replace(LIMITS, cpu_seconds=1))
    started = time.monotonic()
    error = await failure(lambda: do("spin", work=work))
    assert (error.reason, error.detail) == (Reason.TIME, "cpu")
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("deed", ["sleep", "leave_a_grandchild"])
async def test_work_that_waits_for_ever_is_killed_with_all_it_started(deed: str) -> None:
    work = replace(PROBE, limits=replace(LIMITS, wall_seconds=1.5))
    started = time.monotonic()
    error = await failure(lambda: do(deed, work=work))
    assert (error.reason, error.detail) == (Reason.TIME, "wall clock")
    assert time.monotonic() - started < 5
    await asyncio.sleep(0.2)
    assert children_of(os.getpid()) == []


async def test_too_much_input_is_refused_by_the_child() -> None:
    assert (await failure(lambda: do("echo", bytes(2_000_001)))).reason is Reason.REFUSED


async def test_work_that_cannot_be_loaded_says_so() -> None:
    error = await failure(lambda: do("echo", work=replace(PROBE, module="services.confined.nothing")))
    assert error.reason is Reason.START
    assert "ModuleNotFoundError" in error.detail


async def test_a_cancelled_caller_leaves_no_child_behind() -> None:
    task = asyncio.create_task(do("sleep"))
    await asyncio.sleep(0.5)
    assert len(children_of(os.getpid())) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert children_of(os.getpid()) == []


async def test_no_more_children_run_at_once_than_allowed() -> None:
    confined = Confined(at_once=2)
    work = replace(PROBE, limits=replace(LIMITS, wall_seconds=1.2))
    tasks = [asyncio.create_task(confined.run(work, b"", {"deed": "sleep"})) for _ in range(5)]
    most = 0
    for _ in range(10):
        await asyncio.sleep(0.1)
        most = max(most, len(children_of(os.getpid())))
    assert most == 2
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ConfinedFailed] * 5


def test_a_child_dies_with_the_service_that_started_it() -> None:
    code = (
        "import asyncio\nfrom tests.system.test_confined import do\nprint('up', flush=True)\nasyncio.run(do('sleep'))\n"
    )
    service = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
    assert service.stdout is not None
    assert service.stdout.readline() == b"up\n"
    child = waited_for(lambda: children_of(service.pid))
    time.sleep(0.7)  # until it has loaded its work and put up its walls
    service.send_signal(signal.SIGKILL)
    service.wait()
    service.stdout.close()
    deadline = time.monotonic() + 5
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(child)


def waited_for(found: Callable[[], list[int]]) -> int:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if pids := found():
            return pids[0]
        time.sleep(0.05)
    raise AssertionError("no child was started")


def children_of(pid: int) -> list[int]:
    """Children that run our child.py; others of the test process are not ours to count."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            command = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == pid and b"confined/child.py" in command:
            found.append(int(stat.parent.name))
    return found


def alive(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@given(st.dictionaries(st.text(max_size=5), st.binary(max_size=50), max_size=4))
def test_an_answer_comes_out_of_its_frame_as_it_went_in(parts: dict[str, bytes]) -> None:
    assert unpack(pack(Answer({"n": 1, "t": "文", "none": None}, parts))) == Answer(
        {"n": 1, "t": "文", "none": None}, parts
    )


@given(st.binary(max_size=80), st.integers(0, 200), st.booleans())
def test_any_other_bytes_are_a_bad_frame_and_nothing_else(noise: bytes, cut: int, framed: bool) -> None:
    frame = pack(Answer({"a": 1}, {"b": b"cd"}))
    broken = frame[:cut] + noise if framed else noise
    try:
        outcome = unpack(broken)
    except BadFrame:
        return
    assert isinstance(outcome, Answer | Failure)


def test_under_the_servers_own_event_loop_it_is_just_as_tight(tmp_path: Path) -> None:
    code = (
        "import os, sys, uvloop\n"
        "from tests.system.test_confined import PROBE, Confined, ConfinedFailed\n"
        "async def main():\n"
        "    confined = Confined()\n"
        "    print((await confined.run(PROBE, b'', {'deed': 'descriptors'})).facts['open'])\n"
        "    for deed in ('flood', 'crash', 'eat'):\n"
        "        try:\n"
        "            await confined.run(PROBE, b'', {'deed': deed})\n"
        "        except ConfinedFailed as error:\n"
        "            print(deed, error.reason)\n"
        "uvloop.run(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split("\n") == ["0,1,2,3", "flood garbled", "crash crashed", "eat memory", ""]
