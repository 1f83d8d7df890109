"""Where the built-in scenarios are."""

from __future__ import annotations

from pathlib import Path

from ssedrill.loading.problems import BadScenario, Problem


def builtin_files() -> dict[str, Path]:
    """Return the file of each built-in scenario by its name, without reading any. Raises BadScenario without them."""
    return {path.stem: path for path in scenario_files(builtin_folder())}


def builtin_folder() -> Path:
    """Return the folder of the built-in scenarios, in a wheel or in a source tree. Raises BadScenario without one."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_scenarios", package.parents[1] / "scenarios"):
        if folder.is_dir():
            return folder
    raise BadScenario([Problem(str(package), "", "the built-in scenarios are missing", "install ssedrill anew")])


def scenario_files(folder: Path) -> list[Path]:
    """Return the scenario files in a folder and the folders in it, in the order of their paths."""
    return [path for path in sorted(folder.rglob("*.toml")) if not path.name.startswith(".") and not path.is_dir()]
