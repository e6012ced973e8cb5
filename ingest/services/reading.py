"""What opens files, and the passwords for locked ones: for workers, and for the API that draws pages."""

from ingest.adapters.parser.reader import ParserReader
from ingest.adapters.redis_passwords import RedisPasswords
from ingest.services.backing import REDIS_KEY_PREFIX
from ingest.settings import Settings


def build_reader(settings: Settings) -> ParserReader:
    """Opens files of unknown origin in a process of its own."""
    return ParserReader(
        memory_bytes=settings.parser_memory_bytes + settings.max_upload_bytes,  # the file lies in its memory
        page_seconds=settings.parser_page_seconds,
        mean_page_seconds=settings.parser_mean_page_seconds,
        max_pages=settings.max_pages,
    )


def build_passwords(settings: Settings) -> RedisPasswords:
    """The office's passwords, and those lent for one run; closed by whoever made it."""
    return RedisPasswords(
        settings.redis_url,
        REDIS_KEY_PREFIX,
        settings.minio_secret_key.get_secret_value(),
        [password.get_secret_value() for password in settings.pdf_passwords],
    )
