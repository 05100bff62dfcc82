"""`zhicha demo`: fill an empty office with the town, or find it there, and play the loop against its server."""

import asyncio
import json
import secrets
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cli.demo.errors import DemoRefused
from cli.demo.fill import Order, fill
from cli.demo.founding import is_demo
from cli.demo.loop import play
from cli.demo.speak import Teller
from cli.demo.town import Size
from cli.office import database_of
from services.chance import TrueChance
from services.clock import wall_clock
from services.database import engine_for, job_sessions_for
from services.rules.clocks import local_date
from services.secret_files import private_folder, write_private
from services.settings import Settings

SMALL = Size(villages=8, enterprises=40, visits=30)
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
SIGN_INS = (
    ("demo-admin1", "管理员 administrator"),
    ("demo-leader1", "分管领导 leader"),
    ("demo-office1", "镇安办 safety office"),
    ("demo-inspector1", "检查员 inspector"),
    ("demo-department1", "行业部门 department"),
    ("demo-village1", "村（社区） village"),
    ("demo-enterprise1", "企业 enterprise"),
    ("demo-integrator1", "对接系统 integrator"),
)


@dataclass(frozen=True)
class Wish:
    """What somebody asked for; what is None is chosen."""

    seed: int | None = None
    on: date | None = None
    photos: Path | None = None
    small: bool = False

    def order(self) -> Order:
        """The town to fill. Raises DemoRefused for a day to come."""
        today = local_date(wall_clock())
        on = self.on or today
        if on > today:
            raise DemoRefused(
                f"--on {on} 是将来的日期，今天是 {today}。 --on {on} lies in the future, today is {today}."
            )
        return Order(1 if self.seed is None else self.seed, on, SMALL if self.small else Size())


def local_url(host: str, port: int) -> str:
    """Where an office that listens there is reached from this machine."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - nothing listens here
    return f"http://[{near}]:{port}" if ":" in near else f"http://{near}:{port}"


def demo(settings: Settings, base_url: str, wish: Wish, console: Console) -> None:
    """Fill, then play.

    Raises DemoRefused, RealOffice, NoPhotos (sentences), and Deviation once it has been printed.
    """
    _answering(base_url)
    folder = private_folder(settings.data.absolute() / "demo")
    password = _password(folder)
    with database_of(settings) as urls:
        _fill(settings, urls.service, folder, password, wish, console)
    console.print("\n[bold]一次完整闭环 One whole loop[/bold]", highlight=False)
    teller = Teller(console)
    play(base_url, password, wish.photos, teller, folder)
    console.print(
        f"\n[bold green]✔ {teller.steps} 步全部成立。 All {teller.steps} steps held.[/bold green]", highlight=False
    )


def sign_ins(settings: Settings) -> Table:
    """Accounts of each role, and the one password that they share."""
    table = Table(title="演示账号 Demo sign-ins", title_justify="left")
    table.add_column("角色 role")
    table.add_column("账号 username")
    table.add_column("密码 password")
    for username, role in SIGN_INS:
        table.add_row(role, username, _password(settings.data.absolute() / "demo"))
    return table


def _answering(base_url: str) -> None:
    try:
        answer = httpx.get(f"{base_url}/readyz", timeout=10, trust_env=False)
    except httpx.HTTPError:
        raise DemoRefused(
            f"{base_url} 没有回答；请先运行 zhicha serve，或直接用 zhicha run。 "
            f"No office answers at {base_url}: start `zhicha serve` first (or use `zhicha run`), or name it with --url."
        ) from None
    if answer.status_code != 200:
        raise DemoRefused(f"{base_url} 尚未就绪。 The office at {base_url} is not ready: {answer.text[:300]}")


def _password(folder: Path) -> str:
    """One password for all demo accounts, made for this office alone: a known one would open every demo."""
    path = folder / "password"
    if not path.exists():
        groups = ["".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(3)]
        write_private(path, "-".join(["yanshi7", *groups]).encode("ascii"))
    return path.read_text("ascii").strip()


def _fill(settings: Settings, url: str, folder: Path, password: str, wish: Wish, console: Console) -> None:
    """A town that is there stays; one that was only begun is finished, as its own order says."""
    kept = folder / "town.json"
    there = asyncio.run(_is_demo(url))
    if there and not kept.exists():
        console.print("演示镇已装入，直接演示。 The demo town is here already.", highlight=False)
        return
    order = _read(kept) if there else wish.order()
    if not there:
        write_private(kept, json.dumps({**asdict(order), "on": str(order.on)}).encode())
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("装入演示镇 Filling the demo town", total=None)
        told = lambda done, steps: progress.update(bar, completed=done, total=steps)  # noqa: E731
        written = asyncio.run(fill(settings, url, order, password, told))
    state = f"写入 {written} 步 steps written" if written else "已在，未改动 was here already, left as it is"
    console.print(
        f"演示镇 Demo town: 种子 seed {order.seed}，截至 as of {order.on}，{state}", highlight=False, soft_wrap=True
    )


def _read(kept: Path) -> Order:
    told = json.loads(kept.read_text("utf-8"))
    return Order(told["seed"], date.fromisoformat(told["on"]), Size(**told["size"]))


async def _is_demo(url: str) -> bool:
    engine = engine_for(url, 1)
    try:
        async with job_sessions_for(engine, TrueChance()).begin() as tx:
            return await is_demo(tx)
    finally:
        await engine.dispose()
