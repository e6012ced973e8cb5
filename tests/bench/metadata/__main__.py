"""Field by field, how much of labelled letters is read right: `make bench-metadata`, or python -m tests.bench.metadata.

--letters 600 --seed 2026 --wrong 20 (show so many of what was read wrong) --scans 45 (print, scan and OCR so many; 5 s each)
"""

import argparse
from collections import Counter
from collections.abc import Sequence

from tests.bench.metadata.letters import LAYOUTS, Letter, letters
from tests.bench.metadata.noise import RATE
from tests.bench.metadata.scoring import MAIN, READ, noisy_texts, score

SEED = 2026


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--letters", type=int, default=600)
    arguments.add_argument("--seed", type=int, default=SEED)
    arguments.add_argument("--wrong", type=int, default=0)
    arguments.add_argument("--scans", type=int, default=0)
    given = arguments.parse_args()
    made = letters(given.letters, given.seed)
    clean = score(made, [one.text for one in made], noisy=False)
    noisy = score(made, noisy_texts(made, given.seed), noisy=True)
    print(f"{len(made)} letters in {len(LAYOUTS)} layouts; noise: {RATE:.0%} of the characters misread, lines and signs lost")
    print(f"{'field':14}{'clean':>8}{'OCR':>8}{'letters':>10}")
    for name in READ:
        print(f"{name:14}{clean.accuracy(name):8.3f}{noisy.accuracy(name):8.3f}{clean.of[name]:10}")
    if given.scans:
        _print_scanned(letters(given.scans, given.seed), given.seed, given.wrong)
    print(f"{'mean of six':14}{clean.mean:8.3f}{noisy.mean:8.3f}   ({', '.join(MAIN)})")
    for title, result in (("clean", clean), ("OCR", noisy)):
        if given.wrong:
            print(f"\n{title}: {Counter((layout, name) for layout, name, _, _ in result.wrong).most_common(given.wrong)}")
            for layout, name, true, said in result.wrong[: given.wrong]:
                print(f"  {layout:15} {name:11} {true!r} read as {said!r}")


def _print_scanned(made: Sequence[Letter], seed: int, wrong: int) -> None:
    """The same of letters that Tesseract has read."""
    from tests.bench.metadata.scans import read_by_tesseract  # noqa: PLC0415  needs Tesseract

    read = score(made, [read_by_tesseract(one.text, f"{seed}-{place}") for place, one in enumerate(made)], noisy=True)
    print(f"{len(made)} of them scanned and read by Tesseract: {', '.join(f'{name} {read.accuracy(name):.3f}' for name in READ)}")
    print(f"mean of six {read.mean:.3f}")
    for layout, name, true, said in read.wrong[:wrong]:
        print(f"  {layout:15} {name:11} {true!r} read as {said!r}")


if __name__ == "__main__":
    main()
