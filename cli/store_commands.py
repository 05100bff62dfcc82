"""`zhicha store …`: what is done with the photos as a whole."""

from pathlib import Path
from typing import Annotated

import typer

from cli.sentences import one_sentence, settings_of

Data = Annotated[
    Path | None, typer.Option(help="数据目录 data folder [ZHICHA_DATA, ./zhicha-data]", show_default=False)
]

store = typer.Typer(help="照片库 The store of the photos.", no_args_is_help=True)


@store.command("move")
def move_the_photos(data: Data = None) -> None:
    """迁移照片（不停机） Carry the photos from the folder to ZHICHA_STORE while the office works on both."""
    from cli.photo_store import move

    with one_sentence():
        settings = settings_of(data)
        carried = move(settings, typer.echo)
        typer.echo(f"{carried.copied} 张已复制 copied, {carried.there} 张已在 there already → {settings.store}")
        for sha256 in carried.rotten:
            typer.echo(f"损坏，未复制 rotten and not copied: {sha256}", err=True)
        for sha256 in carried.missing:
            typer.echo(f"缺失 missing in both: {sha256}", err=True)
        if not carried.is_whole:
            raise typer.Exit(1)
        typer.echo(f"已迁移并核对 Moved and compared. {settings.photos} 中的旧文件请自行移走 is yours to clear.")


@store.command("scrub")
def look_at_every_photo(data: Data = None) -> None:
    """巡检照片（可续） Hash every original again, name what is rotten or missing; goes on where it was stopped."""
    from cli.photo_store import look_at_all

    with one_sentence():
        turn = look_at_all(settings_of(data), typer.echo)
        wrong = f"{len(turn.rotten)} 损坏 rotten, {len(turn.missing)} 缺失 missing, {len(turn.orphans)} 无主 orphans"
        typer.echo(f"已查 checked {turn.checked}: {wrong}; {turn.pictures} 张图片将重做 pictures asked for")
        if not turn.is_whole:
            raise typer.Exit(1)
