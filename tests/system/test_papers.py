"""Papers set by typst in the confined child: what was written is what can be read, whatever it says."""

from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from services.confined.runner import Confined
from services.documents import fonts
from services.documents.errors import CharacterNotPrintable
from services.documents.orders import Officer, OrderPaper
from services.documents.render import Made, render
from services.settings import SettingsError, load_settings
from tests.papers import body, dense, item, order, words

RARE = "玥昇堃喆璟彧"
NAUGHTY = [
    '#read("/etc/passwd")',
    "]$*_@#",
    '#image("/etc/passwd")',
    "{{7*7}} ${7*7} <%= 7*7 %> #(7*7)",
    "#let x = 1; #while true {}",
    '#eval("1+1") #sys.inputs #panic()',
    "// not a comment /* nor this */",
    "= no heading\n- no list\n+ nor this\n/ nor: that",
    r"\u{41} \n \\ \" back\slash",
    "<script>alert(1)</script> &lt; &#65;",
    "\"quoted\" 'single' “弯引号” ‘单’ ~tie -- --- ...",
    '`raw` ```typ #read("x")``` @label <label>',
    "https://example.com/#fragment",
    "'; DROP TABLE orders; --",
    "ＦＵＬＬ　ｗｉｄｔｈ １２３",
    "%s %d %n {0} {name}",
    "𠮷野家 㐂 ⺀ ⼀ 一",
    "①②③ ㎡ ℃ ± ≥0.9m µ Ω",
    "Ünïcödé ñ ß œ ffi",
    "null",
    "-1e309",
]


async def made(paper: OrderPaper, own: Path | None = None) -> Made:
    data, texts = paper.data(), paper.texts()
    return await render(Confined(), fonts.shelf(own), "order", data, texts, paper.issued_at)


@pytest.fixture
def _wheel_alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without Debian's fonts."""
    monkeypatch.setattr(fonts, "SYSTEM", Path("/nowhere"))
    fonts.shelf.cache_clear()
    yield
    fonts.shelf.cache_clear()


async def test_the_paper_says_all_that_an_order_must_say_in_the_order_of_the_form() -> None:
    problem = item(is_major=True, basis="GB 35181-2025")
    text = body((await made(order(problem, item(description="配电箱未装漏电保护器")))).pdf)
    wanted = [
        "安全生产行政执法文书责令限期整改指令书某镇应急责改〔2026〕12号宏达机械加工厂：",
        "本机关于2026年11月24日对你单位进行检查。经查，你单位存在下列2项问题：",
        "1.夜间卷帘门为唯一出口且上锁（重大事故隐患）依据：GB35181-2025整改措施：拆除卷帘门，改装外开平开门",
        "整改标准：从内部不用钥匙即可开启整改期限：2026年12月8日前（含当日）整改完毕责任人：张某",
        "2.配电箱未装漏电保护器整改措施：",
        "根据《中华人民共和国安全生产法》第六十五条第一款第二项、第三项的规定（执法权依据：省政府令第1号）",
        "第1项至第2项问题",
        "自收到本指令书之日起60日内依法向某市人民政府申请行政复议，或者在6个月内依法向某市人民法院提起行政诉讼",
        "执法人员（签名）：证号：鄂E2024-0117执法人员（签名）：证号：鄂E2024-0233被检查单位负责人（签名）：",
        "某镇人民政府（印章）2026年11月24日",
    ]
    places = [text.find(part) for part in wanted]
    assert -1 not in places, [part for part, place in zip(wanted, places, strict=True) if place < 0]
    assert places == sorted(places)


@pytest.mark.parametrize("text", NAUGHTY)
async def test_naughty_strings_are_printed_as_they_are_and_nothing_is_read(text: str) -> None:
    told = body((await made(order(item(description=text, measure=f"始{text}终"), unit=text.replace("\n", " ")))).pdf)
    assert f"1.{dense(text)}整改措施：始{dense(text)}终整改标准：" in told
    assert "root:" not in told


async def test_rare_characters_of_names_come_out_of_every_place_of_the_paper() -> None:
    problem = item(description=RARE, is_major=True, responsible_person=RARE)
    result = await made(order(problem, unit=RARE, organ=RARE, number=f"{RARE}〔2026〕1号"))
    assert "".join(words(result.pdf)).count(RARE) >= 6
    assert result.font.startswith("Noto S")


@pytest.mark.usefixtures("_wheel_alone")
async def test_without_fonts_of_the_system_the_wheels_sans_is_used_and_said() -> None:
    result = await made(order(item(responsible_person=RARE)))
    assert result.font == "Noto Sans CJK SC"
    assert f"责任人：{RARE}" in body(result.pdf)


@pytest.mark.parametrize(
    ("character", "code_point"), [("😀", "U+1F600"), ("\x01", "U+0001"), ("ي", "U+064A"), ("\ue000", "U+E000")]
)
async def test_a_character_without_a_glyph_makes_no_paper_and_is_named(character: str, code_point: str) -> None:
    with pytest.raises(CharacterNotPrintable) as refused:
        await made(order(item(responsible_person=f"张{character}")))
    assert (refused.value.character, refused.value.code_point) == (character, code_point)


async def test_invisible_marks_are_left_out_and_turn_no_words_round() -> None:
    told = body((await made(order(item(description="\u202e一\u200b二\ufeff三\u2067四\u00ad")))).pdf)
    assert "1.一二三四整改措施" in told


async def test_long_texts_run_over_several_pages_and_none_runs_off_the_paper() -> None:
    long, endless, signs = "长" * 3000, "a" * 4000, "）" * 500
    result = await made(order(item(description=long, measure=endless, standard=signs, basis="…" * 300)))
    told = body(result.pdf)
    assert long in told
    assert endless in told
    assert signs in told
    pages = words(result.pdf)
    assert len(pages) > 5
    assert [page.endswith(f"第{at}页共{len(pages)}页") for at, page in enumerate(pages, 1)] == [True] * len(pages)
    assert right_edge(result.pdf) < A4_WIDTH - MARGIN


A4_WIDTH, MARGIN = 595.3, 62  # points; of the right margin of 74 a full-width bracket may take its empty half


def right_edge(pdf: bytes) -> float:
    """Where the letters that stand farthest to the right end, in points."""
    pages = [page.get_textpage() for page in pypdfium2.PdfDocument(pdf)]
    return float(max(page.get_charbox(at)[2] for page in pages for at in range(page.count_chars())))


async def test_an_order_of_a_hundred_findings_with_texts_at_their_longest_is_made_in_time() -> None:
    longest = item(description="长" * 4000, measure="措" * 4000, standard="b" * 4000, basis="依" * 4000)
    assert (await made(order(*[longest] * 100))).pdf.startswith(b"%PDF-")


async def test_the_remedies_the_signatures_and_the_seal_stay_together_on_one_page() -> None:
    for count in range(1, 9):
        last = words((await made(order(*[item()] * count))).pdf)[-1]
        assert "如果不服本指令" in last, count
        assert "某镇人民政府（印章）2026年11月24日本文书一式两份" in last, count


async def test_remedy_organs_that_are_not_set_leave_a_place_to_write_them() -> None:
    blanks = order(review_organ=None, court=None, authority=None, officers=[Officer("", "")] * 2)
    told = body((await made(blanks)).pdf)
    assert "60日内依法向申请行政复议，或者在6个月内依法向提起行政诉讼" in told
    assert told.count("执法人员（签名）：证号：") == 2
    assert "执法权依据" not in told


async def test_the_same_paper_made_twice_has_the_same_bytes() -> None:
    assert (await made(order())).pdf == (await made(order())).pdf


async def test_the_offices_own_font_comes_first_and_noto_fills_its_gaps(tmp_path: Path) -> None:
    own_font(tmp_path / "own.ttf", "Office Fangsong", "张某12")
    result = await made(order(item(responsible_person=f"张某{RARE}")), tmp_path)
    assert result.font.split(", ")[0] == "Office Fangsong"
    assert result.font.split(", ")[1].startswith("Noto S")
    assert f"责任人：张某{RARE}" in body(result.pdf)
    assert b"OfficeFangsong" in result.pdf


def test_a_font_folder_that_is_not_there_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="ZHICHA_FONT_DIR: Path does not point to a directory"):
        load_settings(font_dir=tmp_path / "nowhere")


def own_font(path: Path, family: str, characters: str) -> None:
    """A font with nothing but empty squares for a few characters."""
    names = [".notdef", *(f"g{ord(character):X}" for character in characters)]
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 700), (700, 700), (700, 0)):
        pen.lineTo(corner)
    pen.closePath()
    square = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(character): f"g{ord(character):X}" for character in characters})
    builder.setupGlyf(dict.fromkeys(names, square))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 0)))
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": family, "styleName": "Regular", "psName": family.replace(" ", "")})
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120)
    builder.setupPost()
    builder.save(path)
