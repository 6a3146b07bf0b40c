"""What the simulator reads out of requests and answers, and how behaviours take their turns at an answer."""

import json
from typing import cast

from aiohttp import web

from sandbox.whisul.behaviour import Behaviour
from sandbox.whisul.exchange import Answer, Exchange


async def instead(exchange: Exchange, behaviours: tuple[Behaviour, ...]) -> Answer | None:
    """The first answer that is given in place of handling the request; None if there is none."""
    for each in behaviours:
        if (answer := await each.instead(exchange)) is not None:
            return answer
    return None


async def deliver(
    exchange: Exchange, behaviours: tuple[Behaviour, ...], answer: Answer
) -> web.StreamResponse:
    """Send the answer in the first way that a behaviour has for it, else at once."""
    for each in behaviours:
        if (response := await each.deliver(exchange, answer)) is not None:
            return response
    return await exchange.send(answer)


def prompt_in(body: bytes) -> str | None:
    """The prompt of a submit whose body is as documented: one field, a string."""
    try:
        payload: object = json.loads(body)
    except ValueError:
        return None
    fields = cast("dict[str, object]", payload) if isinstance(payload, dict) else {}
    prompt = fields.get("prompt")
    return prompt if isinstance(prompt, str) and len(fields) == 1 else None


def word_in(answer: Answer) -> str | None:
    """The job's status that an answer tells."""
    try:
        payload: object = json.loads(answer.body)
    except ValueError:
        return None
    word = cast("dict[str, object]", payload).get("status") if isinstance(payload, dict) else None
    return word if isinstance(word, str) else None
