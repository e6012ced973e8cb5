"""Which stack a command speaks to: the environment's, else the one in the folder."""

import os
from contextlib import AbstractContextManager, closing
from pathlib import Path

from ingest.cli.home import default_home
from ingest.db.engine import Database
from ingest.settings import Settings, load_settings
from ingest.stack.environment import current_environment


def settings(home: Path | None = None) -> Settings:
    """Settings of the stack in `home`; what the environment names wins. Raises SettingsError."""
    known = current_environment(home or default_home())
    return load_settings(**{name: value for name, value in known.items() if name not in os.environ})


def database(known: Settings) -> AbstractContextManager[Database]:
    """The database of these settings, closed at the block's end."""
    return closing(Database(known.database_url.get_secret_value(), pool_size=1))
