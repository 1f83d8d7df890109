"""Records that a command is given to read."""

from __future__ import annotations

from pathlib import Path

from ssedrill.model.record import RecordFile
from ssedrill.reporting.formats import to_json
from ssedrill.reporting.formats.table import FORMATS
from ssedrill.reporting.run_log import LOG_SUFFIX, file_of, read_log


def read(path: Path) -> RecordFile:
    """Read a record, the folder of a report, or what an interrupted run leaves behind; raises BadRecord."""
    path = path / FORMATS["json"].file_name if path.is_dir() else path
    return file_of(*read_log(path)) if path.suffix == LOG_SUFFIX else to_json.read(path)
