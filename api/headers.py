"""Headers as the OpenAPI document names them, each said once."""

from typing import Any


def _header(name: str, description: str, example: str, **more: Any) -> dict[str, Any]:
    return {name: {"description": description, "schema": {"type": "string", **more}, "example": example}}


def _asked(name: str, description: str, example: str) -> dict[str, Any]:
    told = {"name": name, "in": "header", "required": False, "description": description}
    return {**told, "schema": {"type": "string", "maxLength": 1000}, "example": example}


RETRY_AFTER = _header("Retry-After", "多少秒之后再试", "2", pattern="^[0-9]+$")
WWW_AUTHENTICATE = _header("WWW-Authenticate", "须带登录凭证（RFC 6750）", "Bearer")
CONTENT_RANGE = _header("Content-Range", "答复的区段与总字节数（RFC 9110）", "bytes 0-1023/3195089", pattern="^bytes ")
ETAG = _header("ETag", "记录的版本，修改时放入 If-Match", '"1"', pattern='^"[0-9]+"$')
CONTENT_TAG = _header("ETag", "内容的指纹，再取时放入 If-None-Match", '"9f86d081884c7d65"', pattern='^".+"$')
PRIVATE_CACHE = _header("Cache-Control", "可留存，但每次须先询问", "private, no-cache")
DISPOSITION = _header("Content-Disposition", "建议的文件名", 'attachment; filename="photo.jpeg"')
REPR_DIGEST = _header(
    "Repr-Digest",
    "原件全部字节的 SHA-256（RFC 9530），仅原件有",
    "sha-256=:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=:",
    pattern="^sha-256=:[A-Za-z0-9+/]{43}=:$",
)
ACCEPT_RANGES = _header("Accept-Ranges", "原件可分段取，仅原件有", "bytes")
PREVIEW = _header("Zhicha-Preview", "原件未到，这是预览；原件到后没有此头", "true", pattern="^true$")
LOCATION = _header("Location", "上传地址", "https://office.example/api/v1/uploads/0198f2a0-0000-4000-8000-000000000b01")
OFFSET = _header("Upload-Offset", "已写入磁盘的字节数", "524288", pattern="^[0-9]+$")
TOTAL = _header("Upload-Length", "照片的总字节数", "3195089", pattern="^[0-9]+$")
EXPIRES = _header("Upload-Expires", "上传在此时之前有效（RFC 9110）", "Tue, 01 Dec 2026 01:00:00 GMT")

IF_NONE_MATCH = _asked("If-None-Match", "手中已有版本的 ETag；未变则 304", '"9f86d081884c7d65"')
RANGE = _asked("Range", "只取原件的一段；一次一段，多段按整件答复", "bytes=0-1023")
IF_RANGE = _asked("If-Range", "ETag 未变才按 Range 答复，否则给整件", '"9f86d081884c7d65"')
