"""The control API, as the one table from which its handlers and its description are made."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiohttp import web

from ssedrill.model.attempt_json import Plans
from ssedrill.model.codec import Json
from ssedrill.reporting.formats.to_json import run_to_json, to_text
from ssedrill.serving import openapi
from ssedrill.serving.bodies import Body, CallMade, DrillView, Judged, Listed, NewDrill, Shown
from ssedrill.serving.live import stream
from ssedrill.serving.page import page
from ssedrill.serving.route import HTML, JSON, SSE, Asked, Route


def _answer(body: Body, status: int = 200) -> web.Response:
    return web.Response(text=body.model_dump_json(by_alias=True), content_type=JSON, status=status)


async def _page(asked: Asked) -> web.StreamResponse:
    text, policy = page()
    return web.Response(text=text, content_type=HTML, headers={"Content-Security-Policy": policy})


async def _openapi(asked: Asked) -> web.StreamResponse:
    return web.json_response(openapi.describe([one for one in ROUTES if not one.is_page]))


async def _list(asked: Asked) -> web.StreamResponse:
    return _answer(Listed(drills=[drill.view(asked.host) for drill in asked.drills.all]))


async def _make(asked: Asked) -> web.StreamResponse:
    scenario = await asyncio.to_thread(asked.drills.scenario_of, asked.body)  # streams go on meanwhile
    return _answer(asked.drills.serve(scenario, asked.body.dialect, asked.body.seed).view(asked.host), 201)


async def _read(asked: Asked) -> web.StreamResponse:
    return _answer(await asked.drills.find(asked.id).judged(asked.host))


async def _end(asked: Asked) -> web.StreamResponse:
    await asked.drills.end(asked.id)
    return web.Response(status=204)


async def _journal(asked: Asked) -> web.StreamResponse:
    plans = Plans()
    record = await asked.drills.find(asked.id).judge()
    body = await asyncio.to_thread(run_to_json, record, plans)
    found: dict[str, Json] = {"journals": body["journals"], "plans": plans.bodies}
    return web.json_response(found)


async def _record(asked: Asked) -> web.StreamResponse:
    file = await asked.drills.find(asked.id).record_file()
    return web.Response(text=await asyncio.to_thread(to_text, file), content_type=JSON)


async def _begin_call(asked: Asked) -> web.StreamResponse:
    return _answer(asked.drills.find(asked.id).begin_call(asked.host), 201)


async def _show(asked: Asked) -> web.StreamResponse:
    drill = asked.drills.find(asked.id)
    await drill.show(asked.body)
    return _answer(await drill.judged(asked.host))


async def _reset(asked: Asked) -> web.StreamResponse:
    drill = asked.drills.find(asked.id)
    await drill.reset()
    return _answer(drill.view(asked.host))


async def _events(asked: Asked) -> web.StreamResponse:
    with asked.readers.one_more():
        response = web.StreamResponse(headers={"Content-Type": SSE, "Cache-Control": "no-store"})
        await response.prepare(asked.request)
        with suppress(ConnectionError):  # the reader has left
            async for data in stream(asked.drills, asked.host, lambda: asked.has_left):
                await response.write(data)
    return response


ROUTES = (
    Route("GET", "/", "page", "The page that shows all this as it happens.", _page, gives=HTML),
    Route("GET", "/openapi.json", "describe", "This description.", _openapi, gives=JSON),
    Route("GET", "/drills", "list", "All drills.", _list, gives=Listed),
    Route(
        "POST",
        "/drills",
        "make",
        "Make a drill. It listens from now on; its clock begins with its first request.",
        _make,
        takes=NewDrill,
        gives=DrillView,
        status=201,
        errors=(400, 409, 413, 415, 429, 503),
    ),
    Route("GET", "/drills/{id}", "read", "A drill, and what has come of it so far.", _read, gives=Judged),
    Route("DELETE", "/drills/{id}", "end", "End a drill, and forget it.", _end, status=204),
    Route(
        "GET",
        "/drills/{id}/journal",
        "journal",
        "What the server saw and did, and what it was told was shown, as it stands in a record.",
        _journal,
        gives=JSON,
    ),
    Route(
        "GET",
        "/drills/{id}/record",
        "record",
        "The record file of the run, which `ssedrill report` reads.",
        _record,
        gives=JSON,
    ),
    Route(
        "POST",
        "/drills/{id}/calls",
        "beginCall",
        "Begin the next call of a scenario that has several.",
        _begin_call,
        gives=CallMade,
        status=201,
        errors=(409,),
    ),
    Route(
        "POST",
        "/drills/{id}/shown",
        "show",
        "Tell what the client has shown, and how it ended; the answer has the verdict. When the last call has ended, "
        "the drill is over.",
        _show,
        takes=Shown,
        gives=Judged,
        errors=(400, 409, 413, 415),
    ),
    Route(
        "POST",
        "/drills/{id}/reset",
        "reset",
        "Begin the drill anew, at the same address.",
        _reset,
        gives=DrillView,
        errors=(409, 503),
    ),
    Route(
        "GET",
        "/events",
        "watch",
        "Live events: drill, connection, attempt, shown and gone. Each has all that is to be said of its subject.",
        _events,
        gives=SSE,
        errors=(429,),
    ),
)
"""Everything that can be asked."""
