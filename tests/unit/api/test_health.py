"""Whether the process lives is answered though every thread is taken."""

from threading import Event

import anyio
import httpx
import pytest
from anyio import to_thread

from api.main import app


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
async def test_live_needs_no_thread() -> None:
    done = Event()
    async with anyio.create_task_group() as group:
        for _ in range(int(to_thread.current_default_thread_limiter().total_tokens)):
            group.start_soon(to_thread.run_sync, done.wait, 60)
        await anyio.sleep(0.1)
        try:
            with anyio.fail_after(20):
                async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://a") as client:
                    answer = await client.get("/health/live")
        finally:
            done.set()
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.anyio
async def test_the_page_to_try_the_api_at_is_all_our_own() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://a") as client:
        page = await client.get("/docs")
        assert "//" not in page.text
        assert page.text.count("<script") == page.text.count('<script src="/docs/files/') > 0
        assert "script-src 'self';" in page.headers["content-security-policy"]
        for name in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js"):
            assert f"/docs/files/{name}" in page.text
            assert (await client.get(f"/docs/files/{name}")).status_code == 200
        for closed in ("/redoc", "/docs/files/redoc.standalone.js", "/docs/files/..%2f__init__.py"):
            assert (await client.get(closed)).status_code == 404
