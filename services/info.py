"""Info 服务信息: public, the same for everybody, and nothing of anybody."""

from datetime import datetime
from importlib.metadata import version

from models import enterprises, words
from models.info import LimitsRead, ServerInfoRead, WordRead
from models.words import Word
from services.settings import Settings

API_VERSION = "v1"
OLDEST_APP_VERSION = "0.1.0"
"""The oldest phone app that this server still serves; raised only when an old one would lose or bend data."""
PAGE_MAX_ITEMS = 200


def server_info(settings: Settings, *, at: datetime) -> ServerInfoRead:
    """What an app reads at its start."""
    return ServerInfoRead(
        server_time=at,
        version=version("zhicha"),
        api_version=API_VERSION,
        oldest_app_version=OLDEST_APP_VERSION,
        limits=LimitsRead(
            body_max_bytes=settings.body_max_bytes,
            report_max_bytes=settings.report_max_bytes,
            multipart_max_bytes=settings.multipart_max_bytes,
            import_max_bytes=settings.import_max_bytes,
            photo_max_bytes=settings.photo_max_bytes,
            photo_max_pixels=settings.photo_max_pixels,
            photo_preview_max_bytes=settings.photo_preview_max_bytes,
            page_max_items=PAGE_MAX_ITEMS,
            access_token_minutes=settings.access_token_minutes,
        ),
        words={kind.__name__: [WordRead(value=m.value, label=m.label) for m in kind] for kind in _kinds()},
    )


def _kinds() -> list[type[Word]]:
    kinds = {
        kind
        for kind in [*vars(words).values(), *vars(enterprises).values()]
        if isinstance(kind, type) and issubclass(kind, Word)
    }
    return sorted((kind for kind in kinds if kind is not Word), key=lambda kind: kind.__name__)
