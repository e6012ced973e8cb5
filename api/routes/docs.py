"""The page to try the API at: Swagger UI, every file of it from here, no script in the page."""

from importlib import resources

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from ingest.errors import NotFound

router = APIRouter(prefix="/docs", include_in_schema=False)

# Swagger UI sets styles, and its pictures are in its style sheet; scripts come from files of ours alone.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Bandeja</title>
<link rel="stylesheet" href="/docs/files/swagger-ui.css">
<link rel="icon" href="data:,">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/files/swagger-ui-bundle.js"></script>
<script src="/docs/files/start.js"></script>
</body>
</html>
"""
_START = 'SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null});\n'
_TYPES = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}
_FOLDER = resources.files("fastapi_offline") / "static"


@router.get("")
async def page() -> HTMLResponse:
    """The page."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"})


@router.get("/files/{name}")
def file(name: str) -> Response:
    """A file of the page."""
    if name == "start.js":
        return Response(_START, media_type="text/javascript")
    if name not in _TYPES:
        raise NotFound
    return Response((_FOLDER / name).read_bytes(), media_type=_TYPES[name], headers={"Cache-Control": "max-age=86400"})
