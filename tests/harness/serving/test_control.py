"""Drills over HTTP: made, told of what was shown, judged, begun anew; and everything that is refused."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import jsonschema
import pytest
from click.testing import CliRunner

from broken_clients.honest import resumes
from broken_clients.sinners import takes_eof_for_the_end
from ssedrill.cli.main import cli
from ssedrill.dialects.call import API_KEY
from ssedrill.loading.choose import find
from ssedrill.reporting.formats import to_json
from ssedrill.serving.bodies import NewDrill, Shown
from ssedrill.serving.openapi import describe
from ssedrill.serving.ports import Ports
from ssedrill.serving.routes import ROUTES
from support.serving import Api, api, drive

EARLY_END = {"scenario": "clean-end-without-terminal", "dialect": "eventsource"}
QUICK = """
name = "quick"
about = "An answer that is cut once."
dialects = ["eventsource"]
patience = "300 ms"
deadline = "600 ms"
max_requests = 3
[stream]
tokens = 5
every = "1 ms"
[[attempt]]
faults = [{ reset = { after_token = 2 } }]
[[attempt]]
[must]
outcome = ["recovered"]
requests = "<= 2"
"""
_WHOLE = QUICK.replace("faults = [{ reset = { after_token = 2 } }]", "")
HEALTHY = _WHOLE.replace('"600 ms"', '"60 s"').replace('"recovered"', '"clean"')
SECRET = "hunter2-hunter2"


def serving(what: Callable[[Api], Awaitable[None]], **how: object) -> None:
    """Run a test against a control API."""

    async def main() -> None:
        async with api(**how) as asked:  # type: ignore[arg-type]
            await what(asked)

    asyncio.run(main())


def test_from_a_drill_to_its_report(tmp_path):
    """A right client recovers, one that lies fails; the record is read by reports; anew, it is judged by itself."""

    async def what(asked: Api) -> None:
        drill = await asked.ok("POST", "/drills", EARLY_END)
        at = f"/drills/{drill['id']}"
        assert drill["state"] == "waiting"
        before = await asked.ok("GET", at)
        assert (before["verdict"], before["summary"]) == ("not-tested", "proves nothing: no request came")
        found = await drive(asked, drill, resumes)
        assert (found["state"], found["outcome"], found["verdict"], found["claim"]) == (
            "over", "recovered", "pass", "complete",
        )  # fmt: skip
        status, late = await asked.ask("POST", f"{at}/shown", {"text": "late"})
        assert (status, late["right"]) == (409, "POST /drills/{id}/reset begins it anew")
        again = await asked.ok("POST", f"{at}/reset")
        assert (again["url"], again["round"], again["state"]) == (drill["url"], 2, "waiting")
        found = await drive(asked, again, takes_eof_for_the_end)
        assert (found["outcome"], found["verdict"]) == ("truncated-silently", "fail")
        async with asked.http.get(f"{asked.url}{at}/record") as answer:
            (tmp_path / "record.json").write_bytes(await answer.read())
        journal = await asked.ok("GET", f"{at}/journal")
        record = to_json.read(tmp_path / "record.json")
        assert record.runs[0].outcome == "truncated-silently"
        told = json.loads((tmp_path / "record.json").read_text("utf-8"))
        assert journal == {"journals": told["runs"][0]["journals"], "plans": told["plans"]}
        assert [one["id"] for one in (await asked.ok("GET", "/drills"))["drills"]] == [drill["id"]]
        assert await asked.ok("DELETE", at) is None
        assert (await asked.ask("GET", at))[0] == 404

    serving(what)
    said = CliRunner().invoke(cli, ["report", str(tmp_path / "record.json")])
    assert "truncated-silently" in said.output
    assert said.exit_code == 1


def test_the_wire_alone_never_passes():
    """What was not told proves nothing, also behind the deadline; what the wire shows to be broken is said."""

    async def what(asked: Api) -> None:
        drill = await asked.ok("POST", "/drills", {"toml": QUICK})
        at = f"/drills/{drill['id']}"
        async with httpx.AsyncClient(trust_env=False) as http:
            with pytest.raises(httpx.HTTPError):
                await http.get(drill["url"])
            await http.get(drill["url"])
            found = await asked.ok("GET", at)
            (requests,) = found["wire"]["checks"]
            assert (requests["id"], requests["status"], requests["got"]) == ("requests", "ok", "2")
            assert found["wire"]["verdict"] == found["verdict"] == "not-tested"
            assert found["summary"] == "proves nothing: nothing was told of what the client showed"
            await http.get(drill["url"])
        found = await asked.ok("GET", at)
        assert (found["wire"]["verdict"], found["verdict"]) == ("fail", "not-tested")
        await asked.over()
        found = await asked.ok("GET", at)
        assert (found["wire"]["verdict"], found["verdict"], found["outcome"]) == ("fail", "not-tested", "not-tested")
        # who says what was shown, and no end, has told of a client that hangs
        await asked.ok("POST", f"{at}/reset")
        async with httpx.AsyncClient(trust_env=False) as http:
            with pytest.raises(httpx.HTTPError):
                await http.get(drill["url"])
        await asked.ok("POST", f"{at}/shown", {"text": ""})
        await asked.over()
        assert (await asked.ok("GET", at))["outcome"] == "hung"

    serving(what)


def test_several_calls():
    """Each call is begun, told of and ended by itself; the only one of other scenarios begins by itself."""
    several = HEALTHY + "[[call]]\ncount = 2\n"

    async def what(asked: Api) -> None:
        drill = await asked.ok("POST", "/drills", {"toml": several})
        at = f"/drills/{drill['id']}"
        assert (drill["calls"], drill["began"]) == (2, 0)
        assert (await asked.ask("POST", f"{at}/shown", {"text": "x"}))[0] == 409
        async with httpx.AsyncClient(trust_env=False) as http:
            for number in (1, 2):
                call = await asked.ok("POST", f"{at}/calls")
                assert call["call"] == number
                lines = (await http.get(call["url"])).text.splitlines()
                tokens = [json.loads(line[6:])["text"] for line in lines if '"text"' in line]
                found = await asked.ok("POST", f"{at}/shown", {"call": number, "tokens": tokens, "complete": True})
        assert (found["state"], found["outcome"], found["verdict"]) == ("over", "clean", "pass")
        only = await asked.ok("POST", "/drills", {"toml": HEALTHY})
        status, why = await asked.ask("POST", f"/drills/{only['id']}/calls")
        assert (status, why["error"]) == (409, "quick has one call")

    serving(what)


def test_two_hundred_at_once():
    """Each has an address, a verdict and a record of its own, and one that lies stands alone."""
    many = 200

    async def what(asked: Api) -> None:
        made = await asyncio.gather(*(asked.ok("POST", "/drills", {"toml": HEALTHY}) for _ in range(many)))
        assert len({one["url"] for one in made}) == len({one["id"] for one in made}) == many

        async def call(drill: dict[str, Any]) -> str:
            reader, writer = await asyncio.open_connection("127.0.0.1", drill["port"])
            writer.write(f"GET {drill['path']} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
            lines = (await reader.read()).decode().splitlines()
            writer.close()
            tokens = [
                json.loads(line[6:])["text"] for line in lines if line.startswith("data: {") and '"text"' in line
            ]
            text = "".join(tokens[:2] if drill is made[7] else tokens)
            found = await asked.ok("POST", f"/drills/{drill['id']}/shown", {"text": text, "complete": True})
            return str(found["outcome"])

        outcomes = await asyncio.gather(*map(call, made))
        assert [i for i, one in enumerate(outcomes) if one != "clean"] == [7]
        assert outcomes[7] == "truncated-silently"

    serving(what)


REFUSED = [
    ("POST", "/drills", {}, 400, "which scenario?"),
    ("POST", "/drills", {"scenario": "healthy", "toml": "x"}, 400, "which scenario?"),
    ("POST", "/drills", {"scenario": "helthy"}, 400, "no such scenario"),
    ("POST", "/drills", {"scenario": "tcp"}, 400, "scenarios ("),
    ("POST", "/drills", {"scenario": "/etc/passwd"}, 400, "no such scenario"),
    ("POST", "/drills", {"scenario": "healthy", "dialect": "openai"}, 400, 'not for "openai"'),
    ("POST", "/drills", {"scenario": "healthy", "seed": "7"}, 400, "seed: Input should be a valid integer"),
    ("POST", "/drills", {"scenrio": "healthy"}, 400, '"scenrio" is not known here'),
    ("POST", "/drills", b"[1, 2", 400, "the body: Invalid JSON"),
    ("POST", "/drills", {"toml": 'name = "x"\nabuot = "y"'}, 400, "toml: abuot: unknown key"),
    ("POST", "/drills", {"toml": QUICK + "[[call]]\ncancel = { after_token = 1 }\n"}, 400, "calls off calls"),
    ("GET", "/drills/99", None, 404, 'there is no drill "99"'),
    ("PUT", "/drills", None, 405, "method not allowed"),
    ("GET", "/nowhere", None, 404, "not found"),
    ("POST", "/drills/1/shown", {"complete": True, "error": "x"}, 400, "contradict"),
    ("POST", "/drills/1/shown", {"call": 2}, 409, "call 2 has not begun"),
    ("POST", "/drills/1/shown", {"text": 7}, 400, "text: Input should be a valid string"),
    ("POST", "/drills", {"toml": HEALTHY}, 429, "there are 1 drills"),
]


def test_what_is_refused():
    """Each answer says what is wrong and what would be right, as JSON, and nothing comes of it."""

    async def what(asked: Api) -> None:
        await asked.ok("POST", "/drills", {"toml": HEALTHY})
        for method, path, body, status, why in REFUSED:
            found = await asked.ask(method, path, body)
            assert (found[0], set(found[1])) == (status, {"error", "right"}), (path, body, found)
            assert why in found[1]["error"], found
            assert found[1]["right"]
        assert (await asked.ask("GET", "/drills", Host="evil.example"))[0] == 421
        assert (await asked.ask("GET", "/drills", Origin="http://evil.example"))[0] == 403
        assert (await asked.ask("GET", "/drills", Sec_Fetch_Site="cross-site"))[0] == 403
        assert (await asked.ask("GET", "/drills", Origin=asked.url, Sec_Fetch_Site="same-origin"))[0] == 200
        assert len((await asked.ok("GET", "/drills"))["drills"]) == 1

    serving(what, most=1)


def test_a_range_of_ports():
    """A drill is served on a port of the range, which is free again after it; without one it says so."""

    async def what(asked: Api) -> None:
        drill = await asked.ok("POST", "/drills", {"toml": HEALTHY})
        assert drill["port"] == PORT
        status, why = await asked.ask("POST", "/drills", {"toml": HEALTHY})
        assert (status, why["error"]) == (503, f"all ports {PORT}-{PORT} are in use")
        await asked.ok("DELETE", f"/drills/{drill['id']}")
        assert (await asked.ok("POST", "/drills", {"toml": HEALTHY}))["port"] == PORT

    with Ports().bind() as sock:
        PORT = sock.getsockname()[1]
    serving(what, ports=Ports(among=range(PORT, PORT + 1)))


def test_a_token():
    """Who does not have it is told nothing, whatever the host; only the page takes it in its address."""

    async def what(asked: Api) -> None:
        async with httpx.AsyncClient(base_url=asked.url, trust_env=False) as http:
            named = {"Host": "drills.example:8665"}
            for path in ("/", "/drills", "/openapi.json", "/events", "/drills?token=sesame-sesame"):
                assert (await http.get(path, headers=named)).status_code == 401
            for given in ("Bearer sesame", "Basic sesame-sesame", "Bearer sésame"):
                bad = {**named, "Authorization": given.encode("latin-1")}
                assert (await http.get("/drills", headers=bad)).status_code == 401
            assert (await http.get("/?token=sesame-sesame", headers=named)).status_code == 200
            good = {**named, "Authorization": "Bearer sesame-sesame"}
            made = (await http.post("/drills", headers=good, json={"toml": HEALTHY})).json()
            assert made["url"].startswith(f"http://drills.example:{made['port']}/")
            assert (
                await http.get(f"http://127.0.0.1:{made['port']}{made['path']}", headers=named)
            ).status_code == 200

    serving(what, token="sesame-sesame", ports=Ports("0.0.0.0"))


def test_the_description_is_of_what_there_is():
    """Every route is in it and answers as it says; what it refers to is there; its bodies are JSON Schemas."""
    found = describe(ROUTES)
    assert {(method.upper(), path) for path, one in found["paths"].items() for method in one} == {
        (route.method, route.path) for route in ROUTES
    }
    schemas = found["components"]["schemas"]
    names = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(found)))
    assert names <= set(schemas)
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)

    def check(name: str, value: object) -> None:
        whole = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
        jsonschema.Draft202012Validator(whole).validate(value)

    async def what(asked: Api) -> None:
        drill = await asked.ok("POST", "/drills", {"toml": HEALTHY})
        check("DrillView", drill)
        check("Judged", await asked.ok("GET", f"/drills/{drill['id']}"))
        check("Listed", await asked.ok("GET", "/drills"))
        check("Refusal", (await asked.ask("GET", "/drills/99"))[1])
        told = await asked.ok("GET", "/openapi.json")
        assert set(told["paths"]) == set(found["paths"]) - {"/"}
        with pytest.raises(jsonschema.ValidationError):
            check("Judged", drill)

    serving(what)
    check("NewDrill", NewDrill.model_validate({"toml": QUICK}).model_dump(exclude_none=True))
    check("Shown", Shown.model_validate({"text": "x"}).model_dump(exclude_none=True))


def test_no_secret_is_told():
    """What a request carried as its key stands in no journal, no event and no record."""

    async def what(asked: Api) -> None:
        drill = await asked.ok("POST", "/drills", {"toml": HEALTHY})
        at = f"/drills/{drill['id']}"
        async with httpx.AsyncClient(trust_env=False) as http:
            await http.get(drill["url"], params={"api_key": SECRET}, headers={"Authorization": f"Bearer {SECRET}"})
        seen = b""
        async with asked.http.get(f"{asked.url}/events") as answer:
            while b"event: attempt" not in seen:
                seen += await answer.content.readany()
        assert b"api_key=" in seen
        for path in (at, f"{at}/journal", f"{at}/record"):
            async with asked.http.get(asked.url + path) as answer:
                seen += await answer.read()
        assert SECRET.encode() not in seen
        assert API_KEY.encode() in seen

    serving(what)


def test_a_given_scenario_is_known_by_its_name():
    """A scenario of a file that serve was given can be made again by its name."""
    (scenario,) = find(["healthy"])

    async def what(asked: Api) -> None:
        drill = await asked.ok("POST", "/drills", {"scenario": scenario.name, "dialect": "openai-chat", "seed": 3})
        assert drill["environment"]["OPENAI_BASE_URL"] == drill["url"]
        assert (drill["dialect"], drill["seed"]) == ("openai-chat", 3)

    serving(what, given=(scenario,))
