"""`/docs/errors`: where the `type` of every problem leads; made from the errors themselves, for people who have no key."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.problems import STATUS
from ingest.errors import BandejaError, by_code

router = APIRouter()

_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
h2 a { color: inherit; text-decoration: none }
p { margin: .25rem 0 }
section:target { outline: 2px solid; outline-offset: .5rem }
"""
_PAGE = """\
<!doctype html>
<html lang="es">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Bandeja: errores · errors</title>
<style>{style}</style>
</head>
<body>
<h1>Errores · <span lang="en">Errors</span></h1>
{sections}
</body>
</html>
"""
_SECTION = """\
<section id="{code}">
<h2><a href="#{code}"><code>{code}</code> · HTTP {status}</a></h2>
<p><strong>{happened_es}</strong> {action_es}</p>
<p lang="en"><strong>{happened_en}</strong> {action_en}</p>
</section>"""
# Nothing runs and nothing is fetched; of styles the page's own sheet alone.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


@router.get("/docs/errors", include_in_schema=False)
def error_page() -> HTMLResponse:
    """Every error with its anchor, its HTTP status, what happened and what to do, in Spanish and English."""
    return HTMLResponse(_page(), headers={"Content-Security-Policy": _POLICY})


@cache
def _page() -> str:
    sections = "\n".join(_section(kind) for _, kind in sorted(by_code().items()))
    return _PAGE.format(style=_STYLE, sections=sections)


def _section(kind: type[BandejaError]) -> str:
    return _SECTION.format(
        code=kind.code,
        status=STATUS[kind.code],
        happened_es=escape(kind.message.es),
        action_es=escape(kind.action.es),
        happened_en=escape(kind.message.en),
        action_en=escape(kind.action.en),
    )
