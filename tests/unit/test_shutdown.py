"""A request to end reaches children and waiting threads, and a lease is not kept from others by a step that hangs."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any, cast

from ingest.errors import DatabaseUnavailable, LeaseLost
from ingest.pipeline.under_lease import heartbeat
from ingest.shutdown import Shutdown


def test_a_child_forked_before_sees_the_request() -> None:
    shutdown = Shutdown()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        shutdown.wait(60)
        os.write(write, b"asked" if shutdown.is_asked() else b"not")
        os._exit(0)
    shutdown.ask()
    assert os.read(read, 10) == b"asked"
    os.waitpid(child, 0)


def test_overdue_is_later_than_asked() -> None:
    patient, hasty = Shutdown(), Shutdown(patience=0)
    assert not hasty.is_asked()
    assert not hasty.is_overdue()
    for shutdown in (patient, hasty):
        shutdown.ask()
    assert patient.is_asked()
    assert not patient.is_overdue()
    assert hasty.is_overdue()


def test_a_signal_asks_and_then_does_what_it_did_before() -> None:
    heard: list[int] = []
    before = [signal.signal(number, lambda got, _: heard.append(got)) for number in (signal.SIGTERM, signal.SIGINT)]
    try:
        shutdown = Shutdown()
        shutdown.ask_at_signals()
        signal.raise_signal(signal.SIGTERM)
    finally:
        for number, handler in zip((signal.SIGTERM, signal.SIGINT), before, strict=True):
            signal.signal(number, handler)
    assert shutdown.is_asked()
    assert heard == [signal.SIGTERM]


class Beats:
    """Renewals that do as told, call by call; remembers what each was told of the database."""

    def __init__(self, *answers: bool | Exception) -> None:
        self.answers, self.told, self.ended = list(answers), list[bool](), Event()

    @contextmanager
    def begin(self) -> Iterator[None]:
        yield

    def renew(self, _: object, after_outage: bool) -> bool:
        self.told.append(after_outage)
        answer = self.answers.pop(0)
        if not self.answers:
            self.ended.set()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def give_back(self) -> None:
        self.told.append(True)
        self.ended.set()
        raise LeaseLost


def test_only_an_outage_excuses_a_lease_that_ran_out() -> None:
    beats = Beats(True, DatabaseUnavailable(), DatabaseUnavailable(), True, True, False)
    with heartbeat(cast(Any, beats), 0.04, beats.renew, Shutdown(), beats.give_back):
        assert beats.ended.wait(10)
    assert beats.told == [False, False, True, True, False, False]


def test_a_step_that_hangs_past_the_patience_loses_its_lease() -> None:
    beats, shutdown = Beats(), Shutdown(patience=0)
    shutdown.ask()
    with heartbeat(cast(Any, beats), 0.04, beats.renew, shutdown, beats.give_back):
        assert beats.ended.wait(10)
    assert beats.told == [True], "given back, never renewed"
