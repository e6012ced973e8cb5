"""The others, on the same files: bare Tesseract, OCRmyPDF, PyMuPDF's text alone; and our reader without the system."""

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.reading import usage
from tests.bench.reading.scans import BARE, ScanSet, error_rate

JOBS = 2
_BARE_SAYS = re.compile(r"CER ([0-9.]+)")


@dataclass
class Measured:
    """One system over one set: seconds and CPU seconds for `pages`, its error rate, its peak memory in bytes."""

    system: str
    scans: str
    pages: int
    seconds: float
    cpu: float
    errors: float | None
    memory: int

    @property
    def cpu_a_page(self) -> float:
        return self.cpu / self.pages

    @property
    def pages_a_minute(self) -> float:
        return 60 * self.pages / self.seconds

    def row(self) -> dict[str, object]:
        return {**asdict(self), "cpu_a_page": self.cpu_a_page, "pages_a_minute": self.pages_a_minute}


def bare_tesseract(scans: ScanSet) -> Measured:
    """The engine alone, two pages at a time, at 200 dpi."""
    with usage.of_children() as used:
        command = [sys.executable, str(BARE), str(scans.folder), "--jobs", str(JOBS)]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = _BARE_SAYS.search(said)
    return _measured("bare tesseract", scans, used, float(found[1]) if found else None)


def ocrmypdf(scans: ScanSet) -> Measured:
    """OCRmyPDF as one would call it for the text, file by file, two pages at a time."""
    program = str(Path(sys.executable).with_name("ocrmypdf"))
    texts: dict[Path, str] = {}
    with usage.of_children() as used:
        for path in scans.files:
            sidecar = path.with_suffix(".sidecar")
            options = [
                "-l",
                "spa",
                "--jobs",
                str(JOBS),
                "--output-type",
                "pdf",
                "--optimize",
                "0",
                "--sidecar",
                str(sidecar),
                "-q",
            ]
            if path.suffix == ".jpg":
                options += ["--image-dpi", "300"]
            made = subprocess.run([program, *options, str(path), "/dev/null"], capture_output=True, check=False)
            texts[path] = sidecar.read_text(encoding="utf-8") if made.returncode == 0 else ""
            sidecar.unlink(missing_ok=True)
    return _measured("OCRmyPDF", scans, used, error_rate(texts))


def has_ocrmypdf() -> bool:
    """Whether the optional extra is installed."""
    return importlib.util.find_spec("ocrmypdf") is not None


def ours(scans: ScanSet) -> Measured:
    """Our reader in two plain processes: parser, layer's judgement, OCR and its ladder; no queue and no database."""
    shares = [scans.files[number::JOBS] for number in range(JOBS)]
    with usage.of_children() as used:
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.bench.reading.read_files", *map(str, share)], stdout=subprocess.PIPE, text=True
            )
            for share in shares
            if share
        ]
        answers = [process.communicate()[0] for process in running]
    texts = {Path(name): text for answer in answers for name, text in json.loads(answer).items()}
    return _measured("Bandeja, reading alone", scans, used, error_rate(texts))


def pymupdf(scans: ScanSet) -> Measured:
    """What the text layer holds: nothing, on a scan."""
    code = "import pymupdf, sys\nfor name in sys.argv[1:]:\n  for page in pymupdf.open(name): page.get_text()"
    with usage.of_children() as used:
        subprocess.run([sys.executable, "-c", code, *map(str, scans.files)], check=True)
    return _measured("PyMuPDF's layer alone", scans, used, None)


def _measured(system: str, scans: ScanSet, used: usage.Used, errors: float | None) -> Measured:
    return Measured(system, scans.name, scans.pages, used.seconds, used.cpu, errors, used.memory)


def side_by_side(sets: list[ScanSet], say: Callable[[str], None]) -> list[Measured]:
    """Every system over every set, one after the other within a set, so that a busy machine is busy for all."""
    systems = [bare_tesseract, ours, pymupdf, *([ocrmypdf] if has_ocrmypdf() else [])]
    found = []
    for scans in sets:
        for system in systems:
            found.append(system(scans))
            say(f"{found[-1].system}, {scans.name}: {found[-1].cpu_a_page:.2f} CPU s a page")
    return found
