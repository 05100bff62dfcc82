"""Whether one more visit counts towards an enterprise's yearly cap, in a sentence (国办发〔2024〕54号)."""


def sentence(kind: str, *, counts: bool, counted: int, per_year: int | None) -> str:
    """`kind` is the label of the visit at hand, `counted` the visits of this year that counted."""
    so_far = f"今年已有{counted}次检查计入年度次数"
    if per_year is None:
        so_far += "，本地未录入年度上限"
    else:
        so_far += f"，年度上限{per_year}次"
    if not counts:
        return f"{so_far}；本次为{kind}，不计入。"
    if per_year is None or counted + 1 < per_year:
        return f"{so_far}；本次为{kind}，计入，是第{counted + 1}次。"
    if counted + 1 == per_year:
        return f"{so_far}；本次为{kind}，计入，是今年最后一次。"
    return f"{so_far}；本次为{kind}，计入，将超出上限{counted + 1 - per_year}次。"
