"""The officer's card 执法证."""

from datetime import date


def is_card_valid(number: str | None, first: date | None, last: date | None, on: date) -> bool:
    """Whether the card is valid on that day; a card without dates is no card (安法 第67条)."""
    return bool(number) and first is not None and last is not None and first <= on <= last
