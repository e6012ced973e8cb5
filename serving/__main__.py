"""`python -m serving api.main:app --port 8000`: uvicorn with our protocol, and no line a request in the logs."""

import resource
from argparse import ArgumentParser
from collections.abc import Sequence

import uvicorn

from serving.protocol import CONNECTIONS, BoundedProtocol

_OTHER_DESCRIPTORS = 100  # databases, Redis, MinIO, files, the parser's pipes


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the application until SIGTERM; requests under way have ten seconds then."""
    parser = ArgumentParser(prog="python -m serving", description=__doc__)
    parser.add_argument("app", help="module:attribute of the ASGI application")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    asked = parser.parse_args(arguments)
    BoundedProtocol.most_connections = min(CONNECTIONS, _descriptors() - _OTHER_DESCRIPTORS)
    uvicorn.run(
        asked.app,
        host=asked.host,
        port=asked.port,
        http=BoundedProtocol,
        ws="none",
        # Its lines hold people's questions; who did what is in our own logs.
        access_log=False,
        timeout_graceful_shutdown=10,
    )


def _descriptors() -> int:
    """As many open files as the system lets this process have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        return hard
    return soft


if __name__ == "__main__":
    main()
