"""HEIC and AVIF: the `meta` box of ISO/IEC 23008-12, read without a decoder: size as shown, EXIF, whether all came."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from services.photos.errors import NotAnImage, PhotoDamaged
from services.photos.headers import EXIF_MAX, Header, exactly, file_size
from services.photos.kinds import ImageKind

META_MAX = 1_000_000  # an iPhone's is 4 kB
BOXES_MAX = 1000
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
AVIF_BRANDS = {b"avif", b"avis"}
BYTES = {ImageKind.HEIC: 4.5, ImageKind.AVIF: 8.5}
"""A pixel, that the decoders hold at once: brightness, colour, and RGB; of AVIF Pillow makes two copies more."""


class Bytes:
    """A cursor over a box; running off its end is PhotoDamaged."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return len(self._data) - self._at

    def take(self, length: int) -> bytes:
        """The next bytes."""
        if length > self.left:
            raise PhotoDamaged("bad_box")
        self._at += length
        return self._data[self._at - length : self._at]

    def number(self, length: int) -> int:
        """The next big-endian number; of no bytes it is 0 (iloc fields may be absent)."""
        return int.from_bytes(self.take(length), "big")

    def boxes(self) -> Iterator[tuple[bytes, "Bytes"]]:
        """The boxes that follow, each with a cursor of its own."""
        while self.left >= 8:
            length, name = self.number(4), self.take(4)
            if length < 8:
                raise PhotoDamaged("bad_box")
            yield name, Bytes(self.take(length - 8))


@dataclass
class Meta:
    """What we use of a meta box; extents are (in_idat, offset, length)."""

    primary: int = 0
    types: dict[int, bytes] = field(default_factory=dict)
    extents: dict[int, list[tuple[bool, int, int]]] = field(default_factory=dict)
    properties: list[tuple[bytes, Bytes]] = field(default_factory=list)
    owned: dict[int, list[int]] = field(default_factory=dict)
    idat: bytes = b""


def read_heif(file: BinaryIO) -> Header:
    """Raises NotAnImage for other uses of this container (videos), PhotoDamaged for cut or contradictory ones."""
    brands, meta_box = _top_level(file)
    if not brands & (HEIC_BRANDS | AVIF_BRANDS) or meta_box is None:
        raise NotAnImage
    meta = _meta(meta_box)
    _all_there(meta, file_size(file))
    width, height, largest = _sizes(meta)
    if width == 0 or height == 0:
        raise PhotoDamaged("no_size")
    kind = _kind(meta, brands)
    return Header(kind, width, height, largest, _exif(meta, file), int(BYTES[kind] * largest[0] * largest[1]))


def top_boxes(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and length of the content of each box at the top; each lies whole in the file (14496-12, 4.2)."""
    size = file_size(file)
    at = 0
    for _ in range(BOXES_MAX):
        if at + 8 > size:
            return
        file.seek(at)
        length, name = struct.unpack(">I4s", exactly(file, 8))
        head = 8
        if length == 1:
            length, head = int.from_bytes(exactly(file, 8), "big"), 16
        elif length == 0:
            length = size - at
        if length < head:
            raise PhotoDamaged("bad_box")
        if at + length > size:
            raise PhotoDamaged("cut_off")
        yield name, at + head, length - head
        at += length
    raise PhotoDamaged("too_many_segments")


def box_content(file: BinaryIO, start: int, length: int) -> bytes:
    """A box that is read whole."""
    if length > META_MAX:
        raise PhotoDamaged("bad_box")
    file.seek(start)
    return exactly(file, length)


def brands_in(ftyp: bytes) -> set[bytes]:
    """What the file says it is fit for: the content of its `ftyp` box."""
    return {ftyp[:4], *(ftyp[i : i + 4] for i in range(8, len(ftyp), 4))}


def _top_level(file: BinaryIO) -> tuple[set[bytes], Bytes | None]:
    brands: set[bytes] = set()
    meta: Bytes | None = None
    for name, start, length in top_boxes(file):
        if name == b"ftyp":
            brands = brands_in(box_content(file, start, length))
        elif name == b"meta" and meta is None:
            meta = Bytes(box_content(file, start, length))
    return brands, meta


def _meta(box: Bytes) -> Meta:
    meta = Meta()
    box.take(4)
    for name, inner in box.boxes():
        if name == b"pitm":
            meta.primary = inner.number(2 if _version(inner) == 0 else 4)
        elif name == b"iinf":
            inner.take(2 if _version(inner) == 0 else 4)
            _read_types(inner, meta)
        elif name == b"iloc":
            _read_extents(inner, meta)
        elif name == b"iprp":
            for part, content in inner.boxes():
                if part == b"ipco":
                    meta.properties = list(content.boxes())
                elif part == b"ipma":
                    _read_owners(content, meta)
        elif name == b"idat":
            meta.idat = inner.take(inner.left)
    return meta


def _version(box: Bytes) -> int:
    version = box.number(1)
    box.take(3)
    return version


def _read_types(box: Bytes, meta: Meta) -> None:
    for name, entry in box.boxes():
        if name == b"infe" and (version := _version(entry)) >= 2:
            item = entry.number(2 if version == 2 else 4)
            entry.take(2)
            meta.types[item] = entry.take(4)


def _read_extents(box: Bytes, meta: Meta) -> None:
    version = _version(box)
    sizes = box.number(2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    id_size = 4 if version == 2 else 2
    for _ in range(box.number(id_size)):
        item = box.number(id_size)
        method = box.number(2) & 15 if version else 0
        box.take(2)
        base = box.number(base_size)
        found = meta.extents.setdefault(item, [])
        for _ in range(box.number(2)):
            box.take(index_size)
            offset, length = base + box.number(offset_size), box.number(length_size)
            if method < 2 and len(found) < BOXES_MAX:  # method 2 builds an item from other items: theirs are checked
                found.append((method == 1, offset, length))


def _read_owners(box: Bytes, meta: Meta) -> None:
    head = box.number(4)
    version, wide = head >> 24, head & 1
    for _ in range(box.number(4)):
        item = box.number(4 if version else 2)
        for _ in range(box.number(1)):
            index = box.number(2) & 0x7FFF if wide else box.number(1) & 0x7F
            meta.owned.setdefault(item, []).append(index - 1)


def _all_there(meta: Meta, size: int) -> None:
    for extents in meta.extents.values():
        for in_idat, offset, length in extents:
            if offset + length > (len(meta.idat) if in_idat else size):
                raise PhotoDamaged("cut_off")
    if not meta.extents.get(meta.primary):
        raise PhotoDamaged("no_picture")


def _sizes(meta: Meta) -> tuple[int, int, tuple[int, int]]:
    """Width and height as shown, after crop and turn (23008-12, 6.5), and the largest picture inside before both."""
    sizes: dict[int, tuple[int, int]] = {}
    crops: dict[int, tuple[int, int]] = {}
    turns: set[int] = set()
    for index, (name, box) in enumerate(meta.properties):
        if name == b"ispe":
            box.take(4)
            sizes[index] = box.number(4), box.number(4)
        elif name == b"clap":
            fractions = [box.number(4) for _ in range(4)]
            crops[index] = fractions[0] // max(fractions[1], 1), fractions[2] // max(fractions[3], 1)
        elif name == b"irot" and box.number(1) % 2:
            turns.add(index)
    width = height = 0
    for index in meta.owned.get(meta.primary, []):
        width, height = sizes.get(index, crops.get(index, (width, height)))
        if index in turns:
            width, height = height, width
    largest = max([(width, height), *sizes.values()], key=lambda size: size[0] * size[1])
    return width, height, largest


def _kind(meta: Meta, brands: set[bytes]) -> ImageKind:
    coded = {meta.types.get(meta.primary, b"")} & {b"hvc1", b"av01"} or set(meta.types.values())
    if b"av01" in coded and b"hvc1" not in coded:
        return ImageKind.AVIF
    if b"hvc1" in coded or brands & HEIC_BRANDS:
        return ImageKind.HEIC
    return ImageKind.AVIF


def _exif(meta: Meta, file: BinaryIO) -> bytes | None:
    """The TIFF block of the first Exif item; a strange one is left out, never a reason to refuse the photo."""
    item = next((item for item, kind in sorted(meta.types.items()) if kind == b"Exif"), None)
    block = b""
    for in_idat, offset, length in meta.extents.get(item, []) if item is not None else []:
        if len(block) + length > EXIF_MAX:
            return None
        if in_idat:
            block += meta.idat[offset : offset + length]
        else:
            file.seek(offset)
            block += exactly(file, length)
    if len(block) < 8:
        return None
    return block[4 + int.from_bytes(block[:4], "big") :].removeprefix(b"Exif\0\0") or None
