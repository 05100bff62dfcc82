"""Phones that send, lose answers and send again, and the truths that their answers leave possible."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import permutations
from typing import Any

import httpx

from tests.machine.calls import Call, Told
from tests.machine.oracle import Oracle, Refused
from tests.machine.town import Town, Who

MOST_TRUTHS = 8
AGAIN_LATER = (423, 503)
"""Told to try again, as the other one was at it: nothing of such a call holds."""

Heard = tuple[Call, Who, httpx.Response]


class Line(StrEnum):
    """What becomes of a call on its way."""

    HEARD = "heard"
    LOST_GOING = "lost on the way there"
    LOST_COMING = "answer lost"


@dataclass
class Phones:
    """Everybody's phones in one story."""

    town: Town
    truths: list[Oracle]
    sent: list[tuple[Call, Who]] = field(default_factory=list)
    unanswered: list[tuple[Call, Who]] = field(default_factory=list)
    neutral: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    story: list[str] = field(default_factory=list)

    @property
    def belief(self) -> Oracle:
        """What a phone takes for true: any of the possible truths."""
        return self.truths[-1]

    def ask(self, call: Call, who: Who, line: Line = Line.HEARD) -> None:
        """Send, hear and compare; or lose it, and know nothing."""
        at = self.town.world.clock.forward(minutes=1)
        self.story.append(f"{at:%d %H:%M} {who} {call.request.method} {call.request.path} ({line})")
        if call.request.method != "GET":
            self.sent.append((call, who))
        if line is Line.HEARD or len(self.truths) >= MOST_TRUTHS:
            self._hear(call, who, at, self.town.run(self._send(call, who)))
            return
        if line is Line.LOST_COMING:
            self.town.run(self._send(call, who))
        self.unanswered.append((call, who))
        self.truths = _different([*self.truths, *(_after(truth, call, who, at)[1] for truth in self.truths)])

    def ask_together(self, *calls: tuple[Call, Who]) -> None:
        """Calls at the same moment: all is as if one had come after the other, in either order."""
        at = self.town.world.clock.forward(minutes=1)
        self.sent += calls
        self.story += [
            f"{at:%d %H:%M} {who} {call.request.method} {call.request.path} (together)" for call, who in calls
        ]
        answers = self.town.run(self._send_all(calls))
        heard = [(call, who, answer) for (call, who), answer in zip(calls, answers, strict=True)]
        left, wrong = [], []
        for truth in self.truths:
            for order in permutations(heard):
                after, differences = self._one_by_one(truth, order, at)
                if differences:
                    wrong.append(differences)
                else:
                    left.append(after)
        assert left, self._told_wrong(wrong, *answers)
        self.truths = _different(left)

    def _one_by_one(self, truth: Oracle, heard: Sequence[Heard], at: datetime) -> tuple[Oracle, list[str]]:
        differences: list[str] = []
        for call, who, answer in heard:
            if answer.status_code in AGAIN_LATER:
                continue
            told, truth = _after(truth, call, who, at)
            differences += self._differences(told, truth, who, at, answer)
        return truth, differences

    async def _send_all(self, calls: Iterable[tuple[Call, Who]]) -> list[httpx.Response]:
        return await asyncio.gather(*[self._send(call, who) for call, who in calls])

    def _hear(self, call: Call, who: Who, at: datetime, answer: httpx.Response) -> None:
        """An answer leaves those truths possible that it agrees with. With none, the office is wrong."""
        left, wrong = [], []
        touched: tuple[Call, ...] = ()
        for truth in self.truths:
            told, after = _after(truth, call, who, at)
            differences = list(self._differences(told, after, who, at, answer))
            if differences:
                wrong.append(differences)
            else:
                left.append(after)
                touched = () if isinstance(told, Refused) else told.touched
        assert left, self._told_wrong(wrong, answer)
        self.truths = _different(left)
        for look in touched:
            self.ask(look, who)

    def _differences(
        self, told: Told | Refused, truth: Oracle, who: Who, at: datetime, answer: httpx.Response
    ) -> Iterator[str]:
        if answer.status_code != told.status:
            yield f"status: shown {answer.status_code}, expected {told.status} {getattr(told, 'code', '')}"
        elif isinstance(told, Refused):
            yield from self._problem_differs(told, answer)
        else:
            yield from told.check(truth, who, at, answer)

    def _problem_differs(self, told: Refused, answer: httpx.Response) -> Iterator[str]:
        """What tells nothing of things out of sight is the same, word for word, for whatever is absent."""
        body = answer.json()
        if body["code"] != told.code:
            yield f"code: shown {body['code']}, expected {told.code}"
        elif told.code in ("not_found", "id_taken"):
            headers = sorted(name for name in answer.headers if name != "request-id")
            said = {"body": body, "headers": headers}
            first = self.neutral.setdefault((told.code, told.status), said)
            if said != first:
                yield f"neutral answer: shown {said}, elsewhere {first}"

    async def _send(self, call: Call, who: Who) -> httpx.Response:
        request = call.request
        return await who.person.call(
            request.method, request.path, content=request.content, headers=dict(request.headers)
        )

    def _told_wrong(self, wrong: list[list[str]], *answers: httpx.Response) -> str:
        """The story so far, and how the answer differs from each truth that was possible."""
        lines = ["the office and the oracle differ", *self.story]
        lines += [f"answer {answer.status_code}: {answer.text[:2000]}" for answer in answers]
        for number, differences in enumerate(wrong, start=1):
            lines += [f"differs from truth {number} of {len(wrong)}:", *(f"  {line}" for line in differences)]
        return "\n".join(lines)


def _after(truth: Oracle, call: Call, who: Who, at: datetime) -> tuple[Told | Refused, Oracle]:
    """What should be answered, and what is true then: nothing of a refused call holds."""
    then = truth.copy()
    try:
        return call.play(then, who, at), then
    except Refused as no:
        return no, truth


def _different(truths: list[Oracle]) -> list[Oracle]:
    kept: list[Oracle] = []
    for truth in truths:
        if truth not in kept:
            kept.append(truth)
    return kept
