"""Batching: concurrent writes share a transaction, and concurrent reads of the same kind share a statement.

A commit waits for the disk, on a slow one for many milliseconds. When hundreds of people use a command at the same moment,
hundreds of commits in a row would take longer than the 3 seconds that Discord leaves for an acknowledgement. A read does
not wait for the disk, but costs a switch to SQLite's thread and back: redrawing ten thousand cards after a restart would
keep a core busy for seconds.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

Result = TypeVar("Result")
Question = TypeVar("Question")
Answer = TypeVar("Answer")
Item = TypeVar("Item")
Work = Callable[[Connection], Result]

MAX_BATCH = 128
"""So many calls share a transaction or a statement at most."""


@dataclass(slots=True, eq=False)
class _PendingWrite:
    """What a call wants written, and the future for its result."""

    item: Any
    result: "asyncio.Future[Any]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def succeed(self, result: object) -> None:
        if not self.result.done():
            self.result.set_result(result)

    def fail(self, error: BaseException) -> None:
        if not self.result.done():
            self.result.set_exception(error)


class _Batcher(ABC):
    """One task runs batch after batch as long as calls are pending."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Wait until every pending call is done."""
        if self._task is not None:
            await asyncio.wait([self._task])

    def _ensure_running(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="database")

    async def _run(self) -> None:
        try:
            while self._pending():
                # Let every call of this turn of the event loop join the batch.
                await asyncio.sleep(0)
                await self._run_batch()
        finally:
            self._task = None
            # Calls are left only after a cancellation; their callers must not wait for ever.
            for left in self._pending():
                left.cancel()

    @abstractmethod
    def _pending(self) -> Sequence["asyncio.Future[Any]"]:
        """The futures of the calls that are in no batch yet."""

    @abstractmethod
    async def _run_batch(self) -> None:
        """Run the first `MAX_BATCH` pending calls at most."""


class SharedWrites(_Batcher, Generic[Item, Result]):
    """Writes what callers of the same moment want written, in the order of the calls, in one transaction.

    When that fails, the transaction is rolled back and each item is written again in a transaction of its own: an item may
    therefore be written twice, and must have no effect outside the database.
    """

    def __init__(
        self,
        write: Callable[[Work[Any]], Awaitable[Any]],
        write_all: Callable[[Connection, Sequence[Item]], Sequence[Result]],
        *,
        most: int = MAX_BATCH,
    ) -> None:
        """`write` runs one work in a transaction, and commits it; `write_all` has one result for each item, `most` at once."""
        super().__init__()
        self._most = most
        self._write = write
        self._write_all = write_all
        self._waiting: deque[_PendingWrite] = deque()

    async def __call__(self, item: Item) -> Result:
        """Return the result of writing `item` once it is committed; or raise its error, after nothing of it was written."""
        pending = _PendingWrite(item)
        self._waiting.append(pending)
        self._ensure_running()
        return await pending.result

    def _pending(self) -> Sequence["asyncio.Future[Any]"]:
        return [each.result for each in self._waiting]

    async def _run_batch(self) -> None:
        number = min(self._most, len(self._waiting))
        taken = [self._waiting.popleft() for _ in range(number)]
        # A caller that was cancelled before its batch began: its item need not be written.
        await self._commit([each for each in taken if not each.result.cancelled()])

    async def _commit(self, batch: list[_PendingWrite]) -> None:
        batch_began = False

        def work(connection: Connection) -> Sequence[Result]:
            nonlocal batch_began
            batch_began = True
            return self._write_all(connection, [each.item for each in batch])

        try:
            results = await self._write(work)
        except Exception as error:  # noqa: BLE001 - raised to the callers
            # Without a transaction (the database is locked, or the disk full) no single item is to blame, and none would
            # succeed.
            if batch_began and len(batch) > 1:
                # Each call must get its own error only: write every item again in a transaction of its own.
                for each in batch:
                    await self._commit([each])
                return
            for each in batch:
                each.fail(error)
        except asyncio.CancelledError:
            for each in batch:
                each.result.cancel()
            raise
        else:
            # After the commit: a caller with a result may rely on it being stored.
            for each, result in zip(batch, results, strict=True):
                each.succeed(result)


class SharedTransactions(SharedWrites[Work[Any], Any]):
    """Runs works in the order of the calls, each of which sees what those before it have written."""

    def __init__(self, write: Callable[[Work[Any]], Awaitable[Any]]) -> None:
        """`write` runs one work in a transaction, and commits it."""
        super().__init__(write, lambda connection, works: [work(connection) for work in works])


class SharedReads(_Batcher, Generic[Question, Answer]):
    """Answers all questions that were asked while the read before was running, by one read.

    A read begins after the last question that it answers was asked: the answer has everything committed before that.
    `read` gets each question once, in the order of the calls, and leaves out those that have no answer.
    """

    def __init__(self, read: Callable[[Sequence[Question]], Awaitable[Mapping[Question, Answer]]]) -> None:
        super().__init__()
        self._read = read
        self._asked: dict[Question, asyncio.Future[Answer | None]] = {}

    async def __call__(self, question: Question) -> Answer | None:
        """The answer; None when there is none. An error of the read is raised to all its callers."""
        if (answer := self._asked.get(question)) is None:
            answer = self._asked[question] = asyncio.get_running_loop().create_future()
        self._ensure_running()
        # Shielded, because other callers may wait for the same future when this one is cancelled.
        return await asyncio.shield(answer)

    def _pending(self) -> Sequence["asyncio.Future[Any]"]:
        return tuple(self._asked.values())

    async def _run_batch(self) -> None:
        # Removed before the read begins: a question that is asked from now on needs the next read.
        questions = list(islice(self._asked, MAX_BATCH))
        await self._answer({question: self._asked.pop(question) for question in questions})

    async def _answer(self, asked: Mapping[Question, "asyncio.Future[Answer | None]"]) -> None:
        try:
            answers = await self._read(tuple(asked))
        except Exception as error:  # noqa: BLE001 - raised to the callers
            for future in asked.values():
                future.set_exception(error)
                future.exception()  # marks it as retrieved, also when every caller was cancelled
        except asyncio.CancelledError:
            for future in asked.values():
                future.cancel()
            raise
        else:
            for question, future in asked.items():
                future.set_result(answers.get(question))
