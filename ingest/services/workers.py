"""What workers alone need: the tools of a stage, OCR among them. Nothing but workers and their tests imports this."""

from ingest.adapters.tesseract.engine import TesseractEngine
from ingest.pipeline.work import Tools
from ingest.services.ai import build_describer, build_embedder, build_stand_in
from ingest.services.backing import Services, build_files
from ingest.services.reading import build_passwords, build_reader


def build_tools(services: Services) -> Tools:
    """The ports of a worker's stages; the AI clients are chosen by whether a Google key is set."""
    settings = services.settings
    return Tools(
        database=services.database,
        store=services.store,
        reader=build_reader(settings),
        passwords=build_passwords(settings),
        ocr=TesseractEngine(settings.ocr_page_seconds, settings.parser_memory_bytes),
        describer=build_describer(settings, services.tallies, services.tallies),
        embedder=build_embedder(settings, services.tallies),
        stand_in=build_stand_in(settings),
        metrics=services.tallies,
        ocr_languages=settings.ocr_languages,
        max_bytes=settings.max_upload_bytes,
        files=build_files(settings),
        batch_threshold=settings.batch_threshold,
        batch_pages=settings.batch_pages,
        timezone=settings.timezone,
        private_prefixes=settings.private_prefixes,
    )
