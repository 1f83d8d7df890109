"""What settings mean: the docstrings that stand behind the fields of dataclasses, which Python itself forgets."""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache
from typing import Any


def meaning(cls: type[Any], field: str) -> str:
    """Return what the docstring behind a field says, in one line; empty if there is none, or no source."""
    return next((told[field] for one in cls.__mro__ if field in (told := _told(one))), "")


@cache
def _told(cls: Any) -> dict[str, str]:
    """Return the docstrings behind the fields of a dataclass, those of its bases left out."""
    if "__dataclass_fields__" not in vars(cls):
        return {}
    try:
        source = textwrap.dedent(inspect.getsource(cls))
    except (OSError, TypeError):
        return {}
    (made,) = ast.parse(source).body
    assert isinstance(made, ast.ClassDef)
    return {
        field.target.id: " ".join(said.value.value.split())
        for field, said in zip(made.body, made.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(said, ast.Expr)
        and isinstance(said.value, ast.Constant)
        and isinstance(said.value.value, str)
    }
