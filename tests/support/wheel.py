"""The wheel, built from this work tree."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from support.patience import HANG_S

ROOT = Path(__file__).parent.parent.parent


def build_wheel(folder: Path) -> Path:
    """Build the wheel into a folder and return its file."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=HANG_S)
    return next(folder.glob("*.whl"))
