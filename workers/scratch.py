"""A worker's folder for temporary files: its children's documents and what the OCR writes; emptied after a kill."""

import os
import shutil
import tempfile
from pathlib import Path


def folder_of(main_pid: int, root: Path) -> Path:
    """The folder of the worker whose main process this is."""
    return root / "scratch" / str(main_pid)


def use(root: Path | None) -> None:
    """Make this child's temporary files land in its worker's folder."""
    if root is None:
        return
    folder = folder_of(os.getppid(), root)
    folder.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(folder)


def clean(root: Path | None) -> None:
    """Remove the folders of workers that are gone: kill -9 leaves its files behind."""
    if root is None:
        return
    for folder in (root / "scratch").glob("*"):
        if folder.name.isdigit() and not Path(f"/proc/{folder.name}").exists():
            shutil.rmtree(folder, ignore_errors=True)
