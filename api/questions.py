"""Questions that may take long: some at once, each for a while, none for a client that has gone."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from anyio import CapacityLimiter, Semaphore, fail_after, move_on_after, sleep, to_thread
from fastapi import Request

from ingest.db.engine import Cancellation, Database
from ingest.errors import SearchBusy

AT_ONCE = 5  # two cores answer a hybrid question in 70 ms; more of them at once only take longer each
SECONDS = 5.0  # a person has gone by then; ten words on 250,000 passages take half of one
WAIT_SECONDS = 3.0  # for a turn, without a thread or a connection of any other call
_AGAIN_SECONDS = 0.1

Answer = TypeVar("Answer")


class Questions:
    """Answers questions with connections and threads of their own, so that no other call waits for one."""

    def __init__(self, url: str, *, at_once: int = AT_ONCE, seconds: float = SECONDS, wait_seconds: float = WAIT_SECONDS) -> None:
        # The server's own limit ends a statement even where this process is no more.
        self._database = Database(url, pool_size=at_once, statement_seconds=seconds)
        self._seconds = seconds
        self._wait_seconds = wait_seconds
        self._turns = Semaphore(at_once)
        self._threads = CapacityLimiter(2 * at_once)  # each is answered by one, and cancelled by another

    async def answer(self, request: Request, ask: Callable[[Database], Answer]) -> Answer:
        """What `ask`, run in a thread, makes of the database.

        Raises SearchBusy where no turn came, QueryTimeout where it took too long or the client went, and what `ask` raises.
        """
        try:
            with fail_after(self._wait_seconds):
                await self._turns.acquire()
        except TimeoutError:
            raise SearchBusy(retry_after=self._seconds) from None
        cancellation = Cancellation()
        watch = asyncio.create_task(self._watch(request, cancellation))
        try:
            return await to_thread.run_sync(partial(ask, self._database.until(cancellation)), limiter=self._threads)
        finally:
            watch.cancel()
            self._turns.release()

    async def _watch(self, request: Request, cancellation: Cancellation) -> None:
        with move_on_after(self._seconds):
            while (await request.receive())["type"] != "http.disconnect":
                pass  # its body
        while True:
            await to_thread.run_sync(cancellation.ask, limiter=self._threads)
            await sleep(_AGAIN_SECONDS)

    def close(self) -> None:
        """Close its connections."""
        self._database.close()
