"""What happens in a run, and in which order: a list of steps drawn from the seed before anything starts."""

import random
from dataclasses import dataclass

from tests.chaos.letters import Letter, make

# How often in a run of 200 documents. Kinds are carried out in `faults`.
DECK = {
    "kill worker child": 18,
    "kill pager child": 8,
    "kill embedder child": 5,
    "kill worker": 4,
    "kill worker and children": 3,
    "kill pager": 2,
    "kill embedder": 2,
    "kill listener": 3,
    "kill api": 3,
    "kill sweeper": 3,
    "kill redis": 3,
    "kill minio": 3,
    "kill postgres": 3,
    "kill postgres backend": 2,
    "freeze worker": 2,
    "freeze worker child": 3,
    "freeze pager child": 2,
    "fill events disk": 2,
    "fill database disk": 1,
    "clock forward": 1,
    "clock back": 1,
}
# A run of two dozen documents has each of these at least once; the rest as its size allows.
_ALWAYS = {
    "kill worker child",
    "kill pager child",
    "kill worker and children",
    "kill embedder child",
    "kill listener",
    "kill sweeper",
    "kill redis",
    "kill minio",
    "kill postgres",
    "freeze worker child",
    "fill events disk",
}


@dataclass(frozen=True, slots=True)
class Send:
    """Put a letter in at a door; `name` is its file's name, chosen so that some come again."""

    letter: Letter
    door: str
    name: str
    burst: bool = False


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove what this letter's door holds under its name, once it is there."""

    letter: Letter


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault."""

    kind: str


Step = Send | Delete | Strike

# Of a hundred. `scanner` keeps every version, `replacing` and `elsewhere` the newest.
_DOORS = {"upload post": 25, "upload put": 20, "scanner": 25, "replacing": 18, "elsewhere": 12}


def write(count: int, seed: int) -> list[Step]:
    """The steps of a run of `count` documents; the same for the same seed."""
    rng = random.Random(seed)
    letters = make(count, rng)
    steps: list[Step] = []
    for send in _sends(letters, rng):
        steps.append(send)
        if rng.random() < 0.09:
            # Now while it is processed, now long after.
            place = len(steps) + rng.choice([0, 0, 2, 8])
            steps.append(Delete(send.letter)) if place >= len(steps) else steps.insert(place, Delete(send.letter))
    strikes = _strikes(count, rng)
    for index, strike in enumerate(strikes):
        at = int((index + rng.uniform(0.3, 0.9)) * len(steps) / (len(strikes) + 1))
        steps.insert(min(len(steps) - 1, at + 1), strike)
    return steps


def _sends(letters: list[Letter], rng: random.Random) -> list[Send]:
    names = max(2, len(letters) // 8)  # few names: the same one comes again
    sends: list[Send] = []
    burst = 0
    for letter in letters:
        door = rng.choices(list(_DOORS), list(_DOORS.values()))[0]
        if not letter.body:
            door = "scanner"  # nobody gets a URL for an empty file
        name = f"oficio {letter.number}" if door.startswith("upload") else f"scan{rng.randrange(names):04}"
        # A card is put in now and then; else letters come one by one.
        burst = burst - 1 if burst else (12 if rng.random() < 0.02 else 0)
        sends.append(Send(letter, door, name + letter.ending, burst > 0))
    return sends


def _strikes(count: int, rng: random.Random) -> list[Strike]:
    strikes = []
    for kind, weight in DECK.items():
        number = round(weight * count / 200)
        strikes += [Strike(kind)] * max(number, int(kind in _ALWAYS))
    rng.shuffle(strikes)
    return strikes
