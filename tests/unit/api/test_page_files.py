"""The page's files: all there, none too many, small."""

import gzip
from pathlib import Path

from api.page_files import OURS, read_page


def test_files_are_read_with_their_types(tmp_path: Path) -> None:
    for name, said in {"index.html": "<p>", "views/a.js": "1", "secret.env": "x", ".hidden": "x"}.items():
        path = tmp_path / "ours" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(said, encoding="utf-8")
    module = tmp_path / "modules" / "lit-html" / "lit-html.js"
    module.parent.mkdir(parents=True)
    module.write_text("export {}", encoding="utf-8")
    files = read_page(tmp_path / "ours", tmp_path / "modules")
    assert {name: file.media_type.partition(";")[0] for name, file in files.items()} == {
        "index.html": "text/html",
        "views/a.js": "text/javascript",
        "vendor/lit-html/lit-html.js": "text/javascript",
    }
    assert all(gzip.decompress(file.zipped) == file.body for file in files.values())
    assert len({file.etag for file in files.values()}) == 3


def test_without_modules_there_are_ours(tmp_path: Path) -> None:
    assert set(read_page(OURS, tmp_path / "nowhere")) >= {"index.html", "app.js", "style.css"}
