"""Info 服务信息: what an app must know of this server before anybody signs in."""

from datetime import datetime

from models.shapes import Read


class LimitsRead(Read):
    """What this server takes; bytes, pixels, rows."""

    body_max_bytes: int
    report_max_bytes: int
    multipart_max_bytes: int
    import_max_bytes: int
    photo_max_bytes: int
    photo_max_pixels: int
    photo_preview_max_bytes: int
    page_max_items: int
    access_token_minutes: int


class WordRead(Read):
    """One member of a closed set and its Chinese label."""

    value: str
    label: str


class ServerInfoRead(Read):
    """Time, versions, limits and the words of every enum."""

    server_time: datetime
    version: str
    api_version: str
    oldest_app_version: str
    limits: LimitsRead
    words: dict[str, list[WordRead]]
