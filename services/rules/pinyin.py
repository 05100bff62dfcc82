"""Names by the first letters of their pinyin: 宏达机械 is found by hdjx, from any of its characters on.

The readings are pypinyin's, which knows whole words (重庆 is cq, 银行 is yh). A character that people read in two
ways in names has both (曾 z or c); whoever searches types what they say, so each reading is a key.
"""

from itertools import product

from services.rules.names import normalise_name

MOST_READINGS = 16
"""Readings of one name that are kept; a name of more such characters keeps the usual reading of the later ones."""
LONGEST_KEY = 10
"""Letters of a key; what is typed beyond them is not compared."""

_POLYPHONES = {
    "长": "cz",
    "重": "zc",
    "行": "hx",
    "乐": "ly",
    "曾": "zc",
    "单": "ds",
    "厦": "xs",
    "朝": "cz",
    "解": "jx",
    "盛": "sc",
    "校": "xj",
    "调": "dt",
    "石": "sd",
    "仇": "cq",
    "区": "qo",
    "查": "cz",
    "翟": "zd",
    "覃": "qt",
    "参": "cs",
    "藏": "cz",
    "传": "cz",
    "弹": "dt",
    "降": "jx",
    "卡": "kq",
    "壳": "kq",
    "秘": "mb",
    "朴": "pb",
    "奇": "qj",
    "强": "qj",
    "圈": "qj",
    "系": "xj",
    "宿": "sx",
    "种": "zc",
    "属": "sz",
    "乘": "cs",
    "提": "td",
    "陶": "ty",
    "汤": "ts",
    "贾": "jg",
    "会": "hk",
    "合": "hg",
    "巷": "xh",
    "蔚": "wy",
    "尉": "wy",
    "召": "zs",
    "折": "zs",
    "殖": "zs",
    "莘": "sx",
    "铅": "qy",
    "堡": "bp",
    "埔": "bp",
    "番": "fp",
    "阿": "ae",
    "陂": "bp",
    "车": "cj",
    "沈": "sc",
    "祭": "jz",
    "龟": "gj",
    "浒": "hx",
    "缪": "mp",
    "员": "y",
    "尺": "c",
    "大": "d",
}
"""Characters of the names of people, places and firms with more than one first letter."""


def initials(name: str) -> frozenset[str]:
    """All readings of a name as first letters; digits and Latin letters stand for themselves."""
    # Its tables take 50 MB and a third of a second: only a process that writes names pays for them.
    from pypinyin import Style, lazy_pinyin

    plain = normalise_name(name)
    usual = "".join(lazy_pinyin(plain, style=Style.FIRST_LETTER))
    readings = 1
    choices: list[str] = []
    for letter, char in zip(usual, plain, strict=True):
        others = "".join(dict.fromkeys(letter + _POLYPHONES.get(char, "")))
        fits = readings * len(others) <= MOST_READINGS
        choices.append(others if fits else letter)
        readings *= len(choices[-1])
    return frozenset("".join(letters) for letters in product(*choices))


def initial_keys(name: str) -> frozenset[str]:
    """Keys whose beginnings are what somebody may type: each reading from each of its characters on."""
    return frozenset(
        reading[at : at + LONGEST_KEY] for reading in initials(name) for at in range(max(1, len(reading) - 1))
    ) - {""}
