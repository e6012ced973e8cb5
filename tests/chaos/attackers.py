"""Senders who mean harm, among the honest ones: what they send is small, and may cost nobody else anything.

Uploads that claim an encoding (a bomb, and plain PDFs that would not decode), a form used again to replace an accepted
version in place, an object that only its sender's key can open, and letters that kill every worker that reads them.
"""

import gzip
from statistics import median
from time import monotonic, sleep
from typing import Any

import httpx
from botocore.exceptions import ClientError

from tests.chaos.doors import Doors
from tests.chaos.letters import Letter, deadly, typed
from tests.chaos.script import Send
from tests.support import made

HONEST = 4  # letters in each of the two measurements
ENCODED = 6
DEADLY = 2
_BOMB_BYTES = 200 << 20  # what 200 bytes or so become when they are decoded twice
_MOST = 2.0  # times as long as before, that an honest letter may take to be found
_NOISE_SECONDS = 2.0  # more than that a machine at rest takes itself now and then
_PATIENCE = 120.0


class Attackers:
    """What they send, who is honest beside them, and what came of it; numbers of letters start at `first`."""

    def __init__(self, first: int) -> None:
        self.calm = [typed(first + index, f"sereno{index}manso") for index in range(HONEST)]
        first += HONEST
        self.troubled = [typed(first + index, f"sereno{index}bravo") for index in range(HONEST)]
        first += HONEST
        self._encoded = [_encoded(first + index, index) for index in range(ENCODED)]
        first += ENCODED
        self._deadly = [deadly(first + index, index) for index in range(DEADLY)]
        self.problems: list[str] = []
        self.found_seconds: dict[str, float] = {}

    @property
    def letters(self) -> list[Letter]:
        """All that is sent, the honest letters too."""
        return [*self.calm, *self.troubled, *self._encoded, *self._deadly]

    def come(self, doors: Doors) -> None:
        """Measure, attack, and measure again."""
        self.found_seconds["before"] = self._found(doors, self.calm)
        for letter in self._encoded:
            doors.send(Send(letter, "scanner", f"ataque{letter.number}{letter.ending}"), ContentEncoding="gzip, gzip")
        for letter in self._deadly:
            doors.send(Send(letter, "scanner", f"ataque{letter.number}{letter.ending}"))
        self._replace_in_place(doors, self.calm[0])
        self._lock_with_own_key(doors)
        self.found_seconds["among attackers"] = self._found(doors, self.troubled)
        if self.found_seconds["among attackers"] > _MOST * self.found_seconds["before"] + _NOISE_SECONDS:
            self.problems.append(f"attack: honest letters are found after {self.found_seconds} s")

    def _found(self, doors: Doors, letters: list[Letter]) -> float:
        """Seconds from the end of a letter's transfer until search finds it, the median of these."""
        return round(median(self._found_after(doors, letter) for letter in letters), 2)

    def _found_after(self, doors: Doors, letter: Letter) -> float:
        doors.send(Send(letter, "upload post", f"oficio {letter.number}{letter.ending}"))
        begun = monotonic()
        while not doors.find(letter.word):
            if monotonic() - begun > _PATIENCE:
                self.problems.append(f"attack: {letter.word} is not found after {_PATIENCE:.0f} s")
                break
            sleep(0.05)
        return monotonic() - begun

    def _replace_in_place(self, doors: Doors, letter: Letter) -> None:
        """Other bytes under the version that was accepted: its form once more, with a query that is not signed."""
        form, version_id = doors.form_of(letter)
        other = typed(letter.number, "intruso")
        padded = other.body.ljust(len(letter.body), b"\n")[: len(letter.body)]
        answer = httpx.post(
            f"{form['url']}?versionId={version_id}", data=form["fields"], files={"file": ("any", padded)}, timeout=30
        )
        if answer.status_code != 403:
            self.problems.append(f"attack: an accepted version could be replaced ({answer.status_code})")

    def _lock_with_own_key(self, doors: Doors) -> None:
        """An object that nobody but its sender can look at; over TLS the policy refuses it, without TLS the protocol."""
        more: dict[str, Any] = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"k" * 32}
        try:
            doors.put_from_scanner("llave.pdf", made.born_digital("llavepropia", 1), **more)
        except ClientError:
            return
        self.problems.append("attack: an object that we cannot open was accepted")


def _encoded(number: int, turn: int) -> Letter:
    """By turns a bomb, which as stored is no document, and a good letter that is not what its header says."""
    if turn % 2:
        return typed(number, f"cifrado{turn}carta")
    bomb = gzip.compress(gzip.compress(bytes(_BOMB_BYTES), 9), 9) + str(number).encode()
    return Letter(number, "encoded bomb", f"cifrado{turn}bomba", 0, bomb, code="not_a_document")
