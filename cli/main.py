"""The command line: every command ends with 0, or with one sentence on standard error (2 for a setting, else 1)."""

from datetime import datetime
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from cli.catalogue import check_catalog, load_catalog
from cli.check import check_draw
from cli.proving import NotProven
from cli.sentences import one_sentence, settings_of
from cli.store_commands import store
from models.words import ImportKind, ImportMode
from services.keys import KeyName

app = typer.Typer(help="直查 Zhicha: the backend of a township safety office.", no_args_is_help=True)
check = typer.Typer(help="核验 Prove again what was told, offline where a file is named.", no_args_is_help=True)
app.add_typer(check, name="check")
catalogue = typer.Typer(help="目录 Checklists, limits, calendars, statutes.", no_args_is_help=True)
app.add_typer(catalogue, name="catalog")
app.add_typer(store, name="store")
keyring = typer.Typer(help="密钥 The office's keys.", no_args_is_help=True)
app.add_typer(keyring, name="keys")

OwnFolder = Annotated[
    Path | None, typer.Option("--folder", help="本单位目录 the office's own rows [ZHICHA_CATALOG_DIR]")
]
Data = Annotated[
    Path | None, typer.Option(help="数据目录 data folder [ZHICHA_DATA, ./zhicha-data]", show_default=False)
]
Host = Annotated[str | None, typer.Option(help="监听地址 [ZHICHA_HOST, 127.0.0.1]", show_default=False)]
Port = Annotated[int | None, typer.Option(help="端口, 0 = any free one [ZHICHA_PORT, 8000]", show_default=False)]


Seed = Annotated[int | None, typer.Option(help="同一种子、同一天得到同一个镇 same seed and day, same town [1]")]
On = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="演示镇的“今天” the town's today [today]")]
Photos = Annotated[Path | None, typer.Option(help="用这个目录里的真实照片演示 play with these real photos")]
KeysApart = Annotated[Path | None, typer.Option(help="密钥目录 folder of the keys kept apart", show_default=False)]
OneBackup = Annotated[Path, typer.Argument(help="一份备份 one backup, such as BACKUPS/20261128T003000Z")]
Small = Annotated[bool, typer.Option("--small", help="小一些的镇，几秒装完 a small town, filled in seconds")]


class Destination(StrEnum):
    """Where a database is moved to."""

    SERVER = "server"
    FOLDER = "folder"


@app.command()
def serve(data: Data = None, host: Host = None, port: Port = None) -> None:
    """启动整个办公室服务 Serve a whole office: database, migrations, API and worker."""
    from cli.serve import serve as serve_office

    with one_sentence():
        serve_office(settings_of(data, host, port), typer.echo)


@app.command()
def migrate(data: Data = None) -> None:
    """升级数据库 Bring the database up to this version."""
    from cli.migrate import migrate as migrate_database
    from cli.office import database_of

    settings = settings_of(data)
    with one_sentence(), database_of(settings) as urls:
        migrate_database(urls, is_trial=settings.trial)
        typer.echo("数据库已是最新 The database is up to date.")


As = Annotated[str, typer.Option("--as", help="以谁的账号 whose account, and so whose sight")]


@app.command(name="export")
def export_register(
    file: Annotated[Path, typer.Argument(help="新文件 a new file, .xlsx or .csv")], who: As, data: Data = None
) -> None:
    """导出企业台账 Write the register of enterprises to a file that imports back to the same."""
    from cli.office import database_of
    from cli.registers import export_to

    settings = settings_of(data)
    with one_sentence(), database_of(settings) as urls:
        written = export_to(urls, settings, file, who)
        typer.echo(f"已导出 Exported: {file} ({written} bytes)")


@app.command(name="import")
def import_register(
    file: Annotated[Path, typer.Argument(help="xlsx 或 CSV 文件 a workbook or a CSV file")],
    who: As,
    kind: Annotated[ImportKind, typer.Option(help="哪一种 which register")] = ImportKind.ENTERPRISES,
    mode: Annotated[ImportMode, typer.Option(help="默认只试不写 tries only by default")] = ImportMode.DRY_RUN,
    data: Data = None,
) -> None:
    """导入台账、区划、部门或人员 Import a register from a file as offices have it."""
    from cli.office import database_of
    from cli.registers import import_from, told

    settings = settings_of(data)
    with one_sentence(), database_of(settings) as urls:
        for line in told(import_from(urls, settings, file, who, kind, mode)):
            typer.echo(line)


@app.command()
def backup(
    to: Annotated[Path, typer.Argument(help="备份目录 folder of the backups; originals are kept once for all of them")],
    data: Data = None,
    keys_to: Annotated[Path | None, typer.Option(help="密钥另存目录 copy the keys here too, apart")] = None,
) -> None:
    """备份（不停机） Back up database and photos while the office works; keys apart."""
    from cli.backup.taking import copy_keys, take

    with one_sentence():
        settings = settings_of(data)
        copied = copy_keys(settings, keys_to, to) if keys_to is not None else 0
        taken = take(settings, to)
        typer.echo(f"已备份并核验 Backed up and verified: {taken.folder}")
        typer.echo(f"{taken.rows} 行 rows, {taken.photos} 张原件 originals ({taken.new_photos} 新 new)")
        apart = f"{copied} → {keys_to}" if copied else "未含 not in it; copy them apart with --keys-to"
        typer.echo(f"密钥 Keys: {apart}")


@app.command()
def restore(
    backup: OneBackup,
    data: Data = None,
    keys: KeysApart = None,
) -> None:
    """恢复到空目录 Put a backup into an empty folder or database, and prove it whole."""
    from cli.backup.restoring import restore as restore_office

    with one_sentence():
        manifest = restore_office(settings_of(data), backup, keys)
        rows = sum(table.rows for table in manifest.tables.values())
        typer.echo(f"已恢复并核验 Restored and verified: {rows} 行 rows, {len(manifest.photos)} 张原件 originals")
        typer.echo(f"备份时间 Taken at {manifest.made_at}: 之后的记录不在其中 what came later is not in it.")


@app.command()
def move(
    where: Annotated[Destination, typer.Argument(help="server: 到数据库服务器 · folder: 回到数据目录")],
    data: Data = None,
) -> None:
    """迁移数据库 Move the database to the server that the URLs name, or back into the data folder."""
    from cli.backup.moving import to_folder, to_server

    with one_sentence():
        settings = settings_of(data)
        if where is Destination.SERVER:
            aside = to_server(settings)
            typer.echo(f"已迁移并核验 Moved and verified. 旧库留存 The old one lies in {aside}.")
            typer.echo(f"今后启动须设 From now on also set ZHICHA_KEYS_DIR={settings.keys.absolute()}")
        else:
            to_folder(settings)
            typer.echo("已迁移并核验 Moved and verified. 今后启动不再设两个数据库地址 Serve without the two URLs now.")


@check.command("backup")
def check_backup(
    backup: OneBackup,
    data: Data = None,
    keys: KeysApart = None,
) -> None:
    """核验备份 Read a backup again, every byte of it."""
    from cli.backup.taking import verify
    from services.keys import Keys

    with one_sentence():
        settings = settings_of(data)
        held = Keys.read(settings if keys is None else settings.model_copy(update={"keys_dir": keys}))
        manifest = verify(backup, held.signing)
        typer.echo(f"备份完好 The backup is whole: {len(manifest.photos)} 张原件 originals, of {manifest.made_at}")


@app.command()
def worker() -> None:
    """单独运行后台任务 Run the worker alone, on the database that ZHICHA_DATABASE_URL names."""
    from cli.worker_process import run_alone

    with one_sentence():
        run_alone(settings_of(None))


@catalogue.command("check")
def check_the_catalogue(folder: OwnFolder = None) -> None:
    """核对目录引用 Follow every reference in the catalogue; needs no office."""
    with one_sentence():
        typer.echo(check_catalog(folder or settings_of(None).catalog_dir))


@catalogue.command("load")
def load_the_catalogue(folder: OwnFolder = None, data: Data = None) -> None:
    """装入目录（可重复） Load the catalogue, also into a running office; days that a new calendar moves are named."""
    with one_sentence():
        settings = settings_of(data)
        load_catalog(settings, folder or settings.catalog_dir, typer.echo)


@keyring.command("rotate")
def rotate_key(
    name: Annotated[KeyName, typer.Argument(help="哪一把 which one")],
    data: Data = None,
) -> None:
    """更换密钥 Exchange a key; what the old one signed or sealed stays readable."""
    from cli.keys import rotate

    with one_sentence():
        settings = settings_of(data)
        number = rotate(settings, name)
        typer.echo(f"已更换 Exchanged: {name.value}.key; 旧密钥 the one before is {name.value}-{number}.key")
        typer.echo("请重启服务，并另存备份 Restart the office, copy the folder to every machine, and back it up apart.")


@app.command()
def doctor(data: Data = None) -> None:
    """检查密钥 Say of each key whether it is there, and what is lost without it."""
    from cli.keys import findings

    with one_sentence():
        for line in findings(settings_of(data)):
            typer.echo(line)


@app.command()
def info(data: Data = None) -> None:
    """显示本机安装情况 Show version, folder, database and keys; starts nothing, shows no secret."""
    from cli.info import lines

    with one_sentence():
        for line in lines(settings_of(data), version("zhicha")):
            typer.echo(line)


@app.command()
def demo(
    data: Data = None,
    seed: Seed = None,
    on: On = None,
    photos: Photos = None,
    small: Small = False,
    url: Annotated[str | None, typer.Option(help="运行中的服务地址 the running office [http://HOST:PORT]")] = None,
) -> None:
    """装入演示镇并演示一次完整闭环 Fill a demo town and play one whole loop against a running office."""
    from rich.console import Console

    from cli.demo.command import Wish, local_url
    from cli.demo.command import demo as play_demo
    from cli.demo.speak import Deviation

    with one_sentence():
        settings = settings_of(data)
        wish = Wish(seed, on.date() if on else None, photos, small)
        try:
            play_demo(settings, (url or local_url(settings.host, settings.port)).rstrip("/"), wish, Console())
        except Deviation:
            raise typer.Exit(1) from None


@app.command()
def run(
    data: Data = None,
    host: Host = None,
    port: Port = None,
    once: Annotated[
        bool, typer.Option("--once", help="演示后停止，用空闲端口 stop after the loop; a free port")
    ] = False,
    seed: Seed = None,
    on: On = None,
    photos: Photos = None,
    small: Small = False,
) -> None:
    """启动、装入演示镇、演示，然后继续服务 Serve, fill the demo town, play one loop, keep serving."""
    from rich.console import Console

    from cli.demo.command import Wish
    from cli.demo.speak import Deviation
    from cli.run import ServeEnded
    from cli.run import run as run_office

    with one_sentence():
        wish = Wish(seed, on.date() if on else None, photos, small)
        try:
            run_office(settings_of(data, host, port), wish, Console(), once=once)
        except Deviation:
            raise typer.Exit(1) from None
        except ServeEnded as ended:
            typer.echo(str(ended), err=True)
            raise typer.Exit(1) from None


@check.command("draw")
def check_drawn(
    file: Annotated[Path, typer.Argument(help="公开的抽取文件 an opened draw (getDrawProof)")],
    commitment: Annotated[str | None, typer.Option(help="当日公布的承诺值 the commitment as it was published")] = None,
) -> None:
    """按公开的种子重新抽取并核对 Draw again from the opened seed and hold the list against it; needs no office."""
    with one_sentence():
        typer.echo(check_draw(file, commitment))


PublicKey = Annotated[
    list[str],
    typer.Option("--key", help="公钥、公钥文件或 getLog 的回答 a public key, a file of them, or getLog's answer"),
]


@check.command("log")
def check_the_log(data: Data = None) -> None:
    """核验全部记录 Check every event, leaf, signed head, row and photo of this office against each other."""
    from cli.proving import check_log

    with one_sentence():
        found = check_log(settings_of(data), typer.echo)
        if found:
            raise NotProven(f"发现 {found} 处不符 {found} faults found.")
        typer.echo("全部相符 All events, signed heads, rows and photos agree.")


@check.command("receipt")
def check_one_receipt(
    file: Annotated[Path, typer.Argument(help="回执 a receipt as getReceipt answered it")],
    key: PublicKey,
    earlier: Annotated[Path | None, typer.Option(help="此前的回执 an older receipt of the same office")] = None,
) -> None:
    """离线核验回执 Check a receipt's signature, its checkpoint and the proofs in it; needs no office."""
    from cli.proving import check_receipt, keys_of

    with one_sentence():
        typer.echo(check_receipt(file, keys_of(key), earlier))


@check.command("dossier")
def check_one_dossier(
    file: Annotated[Path, typer.Argument(help="证据包 a dossier as the office gave it out")], key: PublicKey
) -> None:
    """离线核验证据包 Check every file, event, proof and signature of a dossier; needs no office."""
    from cli.proving import check_dossier, keys_of

    with one_sentence():
        typer.echo(check_dossier(file, keys_of(key)))


if __name__ == "__main__":
    app()
