"""The OpenAPI description of the control API, made of its table of routes and of what bodies are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from pydantic.json_schema import models_json_schema

from ssedrill import __version__
from ssedrill.serving.bodies import Body, Refusal
from ssedrill.serving.route import JSON, Route

VERSION = "3.1.0"
_REFERENCE = "#/components/schemas/{model}"
ALWAYS = (401, 403, 421)
"""What a guard may say to every request."""


def describe(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the description of some routes."""
    bodies = {one for route in routes for one in (route.takes, route.gives) if isinstance(one, type)} | {Refusal}
    modes = [(body, "validation") for body in sorted(bodies, key=lambda body: body.__name__)]
    _, schemas = models_json_schema(modes, ref_template=_REFERENCE)  # type: ignore[arg-type]
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": VERSION,
        "info": {"title": "ssedrill serve", "version": __version__},
        "security": [{"token": []}, {}],
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    names = re.findall(r"\{(\w+)\}", route.path)
    errors = sorted({*ALWAYS, *route.errors, *([404] if names else [])})
    found: dict[str, Any] = {"operationId": route.name, "summary": route.about}
    if names:
        found["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
        ]
    if route.takes is not None:
        found["requestBody"] = {"required": True, "content": _content(route.takes)}
    good: dict[str, Any] = {"description": HTTPStatus(route.status).phrase}
    if route.gives is not None:
        good["content"] = _content(route.gives)
    bad = {str(code): {"description": HTTPStatus(code).phrase, "content": _content(Refusal)} for code in errors}
    found["responses"] = {str(route.status): good, **bad}
    return found


def _content(body: type[Body] | str) -> dict[str, Any]:
    if isinstance(body, str):
        return {body: {}}
    return {JSON: {"schema": {"$ref": _REFERENCE.format(model=body.__name__)}}}
