"""Databases of a benchmark's own, beside that of the stack it runs on."""

from sqlalchemy import create_engine, text


def own_database(server: str, name: str) -> str:
    """Make an empty database of this name on the server of a URL; its URL."""
    engine = create_engine(server.replace("postgresql://", "postgresql+psycopg2://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return f"{server.rpartition('/')[0]}/{name}"
