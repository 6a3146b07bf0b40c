"""One transaction for many: whoever writes in the same moment shares it, and whoever reads the same kind of thing too.

A commit costs a wait for the disk, which on a slow one is many milliseconds. Hundreds of people who use a command at the
same moment would wait for hundreds of them, one after the other, while Discord leaves 3 seconds for an acknowledgement.
A read costs no such wait, but SQLite's thread is asked eight times for each: ten thousand cards that are drawn after a
restart would keep a core busy for half a minute.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

Result = TypeVar("Result")
Question = TypeVar("Question")
Answer = TypeVar("Answer")
Work = Callable[[AsyncConnection], Awaitable[Result]]
Transaction = Callable[[], AbstractAsyncContextManager[AsyncConnection]]

MAX_SHARING = 128
"""So many at most share a transaction, and wait for each other."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """Somebody's work, and where they wait for what comes of it."""

    work: Work[Any]
    done: "asyncio.Future[Any]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def fail(self, error: BaseException) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class _Shared(ABC):
    """One task sees to all that wait, some at a time, and lives as long as anybody does."""

    def __init__(self) -> None:
        self._serving: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Wait for what is under way."""
        if self._serving is not None:
            await asyncio.wait([self._serving])

    def _serve(self) -> None:
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve_all(), name="database")

    async def _serve_all(self) -> None:
        try:
            while self._left():
                # Those that come by now in the same turn of the event loop belong together too.
                await asyncio.sleep(0)
                await self._serve_some()
        finally:
            self._serving = None
            for left in self._left():
                left.cancel()

    @abstractmethod
    def _left(self) -> Sequence["asyncio.Future[Any]"]:
        """Where those wait whose turn is still to come."""

    @abstractmethod
    async def _serve_some(self) -> None:
        """See to the first of them, at most `MAX_SHARING`."""


class SharedTransactions(_Shared):
    """Carries works out in the order in which they come, each seeing what those before it did.

    A work may be carried out twice, when another one's error has undone the transaction that they shared; nothing but
    the database may therefore change by it.
    """

    def __init__(self, transaction: Transaction) -> None:
        super().__init__()
        self._transaction = transaction
        self._waiting: deque[_Waiting] = deque()

    async def __call__(self, work: Work[Result]) -> Result:
        """What `work` returned, once it is committed; or its error, and nothing of it is done."""
        waiting = _Waiting(work)
        self._waiting.append(waiting)
        self._serve()
        return await waiting.done

    def _left(self) -> Sequence["asyncio.Future[Any]"]:
        return [each.done for each in self._waiting]

    async def _serve_some(self) -> None:
        number = min(MAX_SHARING, len(self._waiting))
        taken = [self._waiting.popleft() for _ in range(number)]
        await self._carry_out([each for each in taken if not each.done.cancelled()])

    async def _carry_out(self, group: list[_Waiting]) -> None:
        begun = False
        try:
            async with self._transaction() as connection:
                begun = True
                results = [await each.work(connection) for each in group]
        except Exception as error:  # noqa: BLE001 - handed on to those whose error it is
            if begun and len(group) > 1:
                # It is one's own error that each is to hear of: from now on every one for themselves.
                for each in group:
                    await self._carry_out([each])
            else:
                for each in group:
                    each.fail(error)
        except asyncio.CancelledError:
            for each in group:
                each.done.cancel()
            raise
        else:
            for each, result in zip(group, results, strict=True):
                if not each.done.done():
                    each.done.set_result(result)


class SharedReads(_Shared, Generic[Question, Answer]):
    """Answers questions by one read for all that were asked while the one before it was under way.

    A read begins after the last question that it answers was asked: what was committed before that is in the answer.
    `read` gets each question once, in the order in which they came, and leaves out those to which there is no answer.
    """

    def __init__(self, read: Callable[[Sequence[Question]], Awaitable[Mapping[Question, Answer]]]) -> None:
        super().__init__()
        self._read = read
        self._asked: dict[Question, asyncio.Future[Answer | None]] = {}

    async def __call__(self, question: Question) -> Answer | None:
        """The answer; None when there is none. An error of the read goes to all who wait for it."""
        if (answer := self._asked.get(question)) is None:
            answer = self._asked[question] = asyncio.get_running_loop().create_future()
        self._serve()
        # Others may wait for the same answer: it outlives whoever is cancelled.
        return await asyncio.shield(answer)

    def _left(self) -> Sequence["asyncio.Future[Any]"]:
        return tuple(self._asked.values())

    async def _serve_some(self) -> None:
        questions = list(islice(self._asked, MAX_SHARING))
        await self._answer({question: self._asked.pop(question) for question in questions})

    async def _answer(self, asked: Mapping[Question, "asyncio.Future[Answer | None]"]) -> None:
        try:
            answers = await self._read(tuple(asked))
        except Exception as error:  # noqa: BLE001 - handed on to those who asked
            for waiting in asked.values():
                waiting.set_exception(error)
                waiting.exception()  # seen, even when nobody waits any more
        except asyncio.CancelledError:
            for waiting in asked.values():
                waiting.cancel()
            raise
        else:
            for question, waiting in asked.items():
                waiting.set_result(answers.get(question))
