"""`python -m tests.bench.reading.read_files FILE…`: our reader over files, one after the other; prints {file: text}.

Imports the two adapters alone: a worker pays for the rest once, not for each document.
"""

import json
import sys
from pathlib import Path

from ingest.adapters.parser.reader import ParserReader
from ingest.adapters.tesseract.engine import TesseractEngine
from ingest.reading.page import read_page

LANGUAGES = "spa"


def main() -> None:
    """Read them all."""
    reader = ParserReader(memory_bytes=1024**3, page_seconds=30, max_pages=2000)
    ocr = TesseractEngine(page_seconds=120)
    texts = {}
    for name in sys.argv[1:]:
        with reader.open(Path(name)) as file:
            pages = [read_page(file, number, ocr, LANGUAGES) for number in range(1, file.page_count + 1)]
        texts[name] = "\f".join(page.text for page in pages)
    reader.stop()
    print(json.dumps(texts))


if __name__ == "__main__":
    main()
