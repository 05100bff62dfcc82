"""The page of a dossier that a person reads: plain HTML without script, every text escaped."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from models.log import CheckpointRead
from services.dossiers.zipping import Original

STYLE = (
    "body{font-family:sans-serif;max-width:60em;margin:2em auto;line-height:1.5}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{border:1px solid #999;padding:.3em .5em;text-align:left;vertical-align:top}"
    "img{max-width:100%;max-height:24em}code{word-break:break-all}"
)
TITLES = {"finding": "隐患证据包 Dossier of a finding", "inspection": "检查证据包 Dossier of an inspection"}


def page(
    subject: str,
    records: dict[str, Any],
    events: Sequence[dict[str, Any]],
    head: CheckpointRead,
    originals: Sequence[Original],
) -> bytes:
    """Records, what happened to them, and their pictures."""
    title = escape(TITLES[subject])
    body = [
        f"<h1>{title}</h1>",
        "<p>核验：<code>zhicha check dossier FILE.zip --key KEYS</code>。"
        "The files beside this page prove it; the page itself is for reading.</p>",
        _facts(
            {
                "检查点 checkpoint": f"{head.origin} · {head.size} · {head.at.isoformat()}",
                "根 root": head.root,
            }
        ),
        *(_record("检查 Inspection", row) for row in records["inspections"]),
        *(_record("隐患 Finding", row) for row in records["findings"]),
        *(_record("责令 Order", row) for row in records["orders"]),
        "<h2>全程记录 What happened</h2>",
        _table(
            ("时间", "事项", "办理", "变更", "哈希"),
            ((e["at"], e["kind_label"], e["actor_name"], _changes(e["changes"]), e["hash"]) for e in events),
        ),
        "<h2>照片 Photos</h2>",
        *(_photo(original) for original in originals),
    ]
    head_part = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    whole = f'<!doctype html><html lang="zh"><head>{head_part}</head><body>{"".join(body)}</body></html>\n'
    return whole.encode("utf-8", "replace")


def _record(title: str, row: dict[str, Any]) -> str:
    plain = {name: value for name, value in row.items() if isinstance(value, str | int | float | bool)}
    return f"<h2>{escape(title)} <code>{escape(str(row['id']))}</code></h2>" + _facts(plain)


def _facts(facts: dict[str, Any]) -> str:
    return _table(None, facts.items())


def _table(names: Sequence[str] | None, rows: Iterable[Sequence[object]]) -> str:
    top = "" if names is None else f"<tr>{''.join(f'<th>{escape(name)}</th>' for name in names)}</tr>"
    cells = ("".join(f"<td>{_text(cell)}</td>" for cell in row) for row in rows)
    return f"<table>{top}{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"


def _changes(changes: Sequence[dict[str, Any]]) -> str:
    told = (f"{one['field']}：{one['before'] or '—'} → {one['after'] or '—'}" for one in changes if one["after"])
    return "；".join(told)


def _photo(original: Original) -> str:
    path = escape(original.path)
    shown = f'<img src="{path}" alt="{path}">'
    if original.duration_s is not None:
        shown = f'<a href="{path}">录音 voice note, {original.duration_s:g} s</a>'
    return f"<figure>{shown}<figcaption><code>{original.sha256}</code></figcaption></figure>"


def _text(value: object) -> str:
    return "" if value is None else escape(str(value))
