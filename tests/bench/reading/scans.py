"""What is read: scans with ground truth from the scan maker, and the collection of real documents."""

import csv
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pymupdf
from rapidfuzz.distance import Levenshtein

SHARED = Path(__file__).parents[3].parent / "shared"
MAKER = SHARED / "tools" / "make_scans.py"
BARE = SHARED / "tools" / "bare_tesseract.py"
COLLECTION = SHARED / "data" / "documents"


@dataclass(frozen=True)
class ScanSet:
    """Files of one kind in one folder, each with its truth beside it."""

    name: str
    folder: Path
    pages: int

    @property
    def files(self) -> list[Path]:
        return sorted(path for path in self.folder.iterdir() if path.suffix in {".pdf", ".jpg"})


def make(name: str, into: Path, docs: int, pages: int, *options: str, seed: int = 7) -> ScanSet:
    """`docs` documents of `pages` pages; the same seed gives the same files."""
    folder = into / name
    command = [sys.executable, str(MAKER), str(folder), "--docs", str(docs), "--pages", str(pages), "--seed", str(seed), *options]
    subprocess.run(command, check=True)
    return ScanSet(name, folder, docs * pages)


def character_errors(read: str, truth: str) -> float:
    """The character error rate: edits over the truth's length, white space folded."""
    folded = " ".join(truth.split())
    return Levenshtein.distance(" ".join(read.split()), folded) / len(folded)


def error_rate(texts: dict[Path, str]) -> float:
    """The mean over the files."""
    rates = [character_errors(text, path.with_suffix(".txt").read_text(encoding="utf-8")) for path, text in texts.items()]
    return sum(rates) / len(rates)


def collection() -> list[tuple[Path, str]]:
    """The real documents, each with the outcomes that are right for it."""
    with (COLLECTION / "INDEX.tsv").open(encoding="utf-8", newline="") as lines:
        return [(COLLECTION / row["file"], row["expected"]) for row in csv.DictReader(lines, delimiter="\t")]


def thousand_pages(to: Path, pages: int = 1000) -> Path:
    """A scan of a thousand pages with a few lines on each, no two alike."""
    picture = pymupdf.open()
    for number in range(1, pages + 1):
        page = pymupdf.open().new_page()
        for line in range(8):
            page.insert_text((72, 90 + 20 * line), f"Folio {number} del expediente, renglón {line + 1}: conforme.", fontsize=11)
        shot = page.get_pixmap(dpi=150, colorspace=pymupdf.csGRAY)
        picture.new_page().insert_image(page.rect, stream=shot.tobytes("jpeg", jpg_quality=70))
    picture.save(to)
    return to
