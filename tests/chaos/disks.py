"""Small disks that can be filled: a tmpfs each, where we may mount one."""

import subprocess
from pathlib import Path

_FILLER = "filler"


class SmallDisk:
    """A folder of limited size. `mounted` says whether it could be made."""

    def __init__(self, folder: Path, megabytes: int, mode: str = "0755") -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        options = f"size={megabytes}m,mode={mode}"
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", folder], capture_output=True, check=False)
        self.mounted = done.returncode == 0

    def fill(self) -> None:
        """Leave no byte."""
        with (self.folder / _FILLER).open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(1 << 16))
            except OSError:
                return

    def free(self) -> None:
        """Give it back."""
        (self.folder / _FILLER).unlink(missing_ok=True)

    def remove(self) -> None:
        """Unmount it; nothing where it was not mounted."""
        if self.mounted:
            subprocess.run(["umount", "-l", self.folder], capture_output=True, check=False)
