"""The event proxy of `make chaos`: three times each, in any order, and what is dropped is dropped on both roads."""

import json
import time
from collections import Counter

import pytest

from tests.chaos import proxy
from tests.chaos.proxy import COPIES, EventProxy

EVENTS = 200


def body(number: int) -> bytes:
    record = {"eventName": "s3:ObjectCreated:Put", "s3": {"object": {"key": f"k{number}", "versionId": "v"}}}
    return json.dumps({"Records": [record]}).encode()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> EventProxy:
    monkeypatch.setattr(proxy, "_LATEST", 0.05)
    monkeypatch.setattr(proxy, "_LATE", 0.1)
    return EventProxy(seed=1)


def test_every_event_comes_three_times_by_each_road_but_the_dropped(quick: EventProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    brought: list[tuple[str, bytes]] = []
    monkeypatch.setattr(quick, "_post", lambda path, body, _: (brought.append((path, body)), 200)[1])
    quick.start()
    sent = [body(number) for number in range(EVENTS)]
    for one in sent:
        for road in ("/events/instant", "/events/durable"):
            assert quick.take(road, one, "Bearer t") == 200
    while not quick.idle():
        time.sleep(0.01)
    counted = Counter(brought)
    assert set(counted.values()) == {COPIES}
    assert len(counted) == 2 * (EVENTS - len(quick.dropped))
    assert EVENTS / 20 < len(quick.dropped) < EVENTS / 5
    first = list(dict.fromkeys(one for path, one in brought if path.endswith("instant")))
    assert first != sorted(first, key=sent.index), "they are shuffled"


def test_the_durable_road_is_tried_until_the_listener_takes_it(quick: EventProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Counter[bytes]()

    def post(_: str, body: bytes, __: str) -> int:
        answers[body] += 1
        return 503 if answers[body] == 1 else 200

    monkeypatch.setattr(quick, "_post", post)
    monkeypatch.setattr(proxy, "_AGAIN", 0.01)
    quick.start()
    told = {number: quick.take("/events/durable", body(number), "Bearer t") for number in range(40)}
    assert set(told.values()) == {200, 503}, "MinIO keeps some on its disk, the proxy the others"
    while not quick.idle():
        time.sleep(0.01)
    kept = [number for number, status in told.items() if status == 200 and answers[body(number)]]
    assert all(answers[body(number)] == COPIES + 1 for number in kept)
