"""Invented names and codes of the demo town: they read like real ones and belong to nobody."""

from random import Random

from services.rules.codes import USCC_ALPHABET, uscc_check_character


def _words(text: str) -> list[str]:
    return text.split()


COUNTY_CODE, TOWN_CODE = "420597", "420597101"
"""No county of Hubei has this code (GB/T 2260)."""

MARK = "（演示）"
COUNTY, TOWN = f"临江县{MARK}", f"青石镇{MARK}"
ORGAN, PAPER_WORD = f"临江县青石镇人民政府{MARK}", "青石应急"

VILLAGES = _words(
    "石桥村 柳林村 双河村 大塘村 竹园村 白马村 茶店村 龙泉村 杨家岭村 东湾村 西坪村 南冲村 北坡村 松树坳村 陈家坝村 "
    "新建村 红旗村 胜利村 前进村 金盆村 银杏村 马鞍山村 黄土坡村 清水溪村 石门村 三岔口村 高桥村 长岭村 枫香村 桃花村 "
    "李子园村 梅子坳村"
)
STREETS = _words("老街社区 新街社区 解放路社区 码头社区 站前社区 工业园社区 文昌阁社区 东门社区")

SURNAMES = "王李张刘陈杨黄赵周吴徐孙朱马胡郭何高林罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁任卢"
GIVEN = _words(
    "建国 志强 秀英 桂兰 海燕 丽华 国庆 永红 春梅 晓东 卫东 金凤 玉珍 德胜 文斌 立新 小军 红霞 长青 明亮 "
    "雪梅 俊杰 佳慧 浩然 子轩 雨桐 一鸣 思远 静怡 新民 福来 广生 友良 爱民 振华 云飞 素芬 庆丰 启航 若琳"
)
FIRMS = _words(
    "宏达 兴旺 永盛 鑫源 福临 聚丰 恒通 金泰 顺发 祥和 安康 华美 远航 天成 瑞丰 德利 长兴 新民 百汇 嘉禾 "
    "正大 同心 东升 南洋 西岭 北辰 锦绣 万家 隆昌 广源 利民 惠众 康乐 华新 振兴 明珠 绿源 三友 四海 五福"
)

TRADES: dict[str, tuple[int, str]] = {
    "CATR": (17, "饭店 火锅店 农家乐 烧烤店 酒楼 早餐店"),
    "MIXD": (15, "服装加工坊 家具作坊 日杂批发店 制鞋作坊 电商仓储店 灯具组装厂"),
    "CRWD": (13, "超市 宾馆 网吧 歌厅 商场 浴足堂"),
    "MECH": (11, "机械加工厂 五金制品有限公司 汽车配件厂 铸造有限公司 模具厂"),
    "FDRG": (8, "大药房 食品店 副食商行 粮油店"),
    "FOPR": (7, "食品有限公司 冷冻食品厂 豆制品厂 酒业有限公司"),
    "CONS": (5, "建筑工程有限公司项目部 装饰工程有限公司项目部"),
    "ROAD": (5, "物流有限公司 客运服务部 货运部"),
    "SCHL": (4, "幼儿园 小学 中学"),
    "CHEM": (4, "化工有限公司 涂料经营部 气体充装站"),
    "SEQ": (4, "供热站 物业服务有限公司 游乐园"),
    "FUEL": (3, "加油站"),
    "FIRW": (2, "烟花爆竹零售店"),
    "MINE": (1, "采石场 砂石有限公司"),
    "PIPE": (1, "燃气有限公司"),
}
"""Each industry with its share of a hundred enterprises, and what its enterprises call themselves."""

WITHOUT_USCC = {"CATR", "MIXD", "FDRG"}
"""Trades with stalls and rented rooms that no licence office knows; they get an office code."""


def person_name(rng: Random) -> str:
    """A surname and a given name."""
    return rng.choice(SURNAMES) + rng.choice(GIVEN)


def enterprise_name(rng: Random, industry: str, taken: set[str]) -> str:
    """A name that nobody in `taken` has; it is added there."""
    kinds = TRADES[industry][1].split()
    while True:
        form = "{place}{firm}{kind}" if rng.random() < 0.7 else "{place}{firm}{other}{kind}"
        name = form.format(
            place=rng.choice(("青石镇", "青石", "临江县", "临江")),
            firm=rng.choice(FIRMS),
            other=rng.choice(SURNAMES) + "记",
            kind=rng.choice(kinds),
        )
        if name not in taken:
            taken.add(name)
            return name


def uscc(rng: Random, *, is_person: bool) -> str:
    """A 统一社会信用代码 with both its check characters right (GB 32100-2015, GB 11714-1997)."""
    body = "".join(rng.choice(USCC_ALPHABET) for _ in range(8))
    first = ("92" if is_person else "91") + COUNTY_CODE + body + _organisation_check(body)
    return first + uscc_check_character(first)


def _organisation_check(body: str) -> str:
    """GB 11714-1997: letters count from A = 10; the check character is a digit, or X for ten."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(c, 36) * weight for c, weight in zip(body, weights, strict=True))
    return "0123456789X0"[11 - total % 11]
