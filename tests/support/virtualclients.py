"""Real clients, as an application would use them, for drills on the virtual clock. Each takes the server's URL."""

from __future__ import annotations

import asyncio
import functools
import json
import time

import aiohttp
import anthropic
import httpx
import httpx2
import httpx_sse
import openai
import requests
import sseclient

from support.virtualdrill import answer

ASK = [{"role": "user", "content": "count"}]


@functools.cache
def shared(kind, tls_module):
    """Return an SSL context once for all: making one takes longer than the drill."""
    return tls_module.create_ssl_context(verify=False)


async def anthropic_async(url):
    """The SDK with its default retries."""
    http = httpx2.AsyncClient(verify=shared("a", httpx2), timeout=600)
    async with anthropic.AsyncAnthropic(base_url=url, api_key="k", http_client=http) as client:
        return (await client.messages.create(model="m", max_tokens=9, messages=ASK)).id


async def openai_async(url):
    """The SDK with its default retries."""
    http = httpx2.AsyncClient(verify=shared("a", httpx2), timeout=600)
    async with openai.AsyncOpenAI(base_url=url, api_key="k", http_client=http) as client:
        return (await client.chat.completions.create(model="m", messages=ASK)).id


def anthropic_sync(url):
    """The blocking SDK with its default retries."""
    http = httpx2.Client(verify=shared("a", httpx2), timeout=600)
    with anthropic.Anthropic(base_url=url, api_key="k", http_client=http) as client:
        return client.messages.create(model="m", max_tokens=9, messages=ASK).id


def openai_sync(url):
    """The blocking SDK with its default retries."""
    http = httpx2.Client(verify=shared("a", httpx2), timeout=600)
    with openai.OpenAI(base_url=url, api_key="k", http_client=http) as client:
        return client.chat.completions.create(model="m", messages=ASK).id


async def httpx_async(url, module=httpx):
    """Its own retry loop: waits what Retry-After says, and not at all after a timeout."""
    async with module.AsyncClient(verify=shared("h", module), timeout=600) as client:
        while True:
            try:
                got = await client.get(url)
            except module.ReadTimeout:
                continue
            if got.status_code == 200:
                return got.json()["id"]
            await asyncio.sleep(float(got.headers["retry-after"]))


async def httpx2_async(url):
    """The same with httpx2."""
    return await httpx_async(url, httpx2)


async def httpx_sse_async(url):
    """The same retry loop with httpx-sse; the id comes in an event."""
    async with httpx.AsyncClient(verify=shared("h", httpx), timeout=600) as client:
        while True:
            try:
                async with httpx_sse.aconnect_sse(client, "GET", url) as source:
                    if source.response.status_code == 200:
                        (event,) = [event async for event in source.aiter_sse()]
                        return event.json()["id"]
                    wait = float(source.response.headers["retry-after"])
            except httpx.ReadTimeout:
                continue
            await asyncio.sleep(wait)


async def aiohttp_async(url):
    """The same retry loop with aiohttp."""
    timeout = aiohttp.ClientTimeout(total=None, sock_read=600)
    async with aiohttp.ClientSession(timeout=timeout) as client:
        while True:
            try:
                async with client.get(url) as got:
                    if got.status == 200:
                        return (await got.json(content_type=None))["id"]
                    wait = float(got.headers["retry-after"])
            except aiohttp.ServerTimeoutError:
                continue
            await asyncio.sleep(wait)


def httpx_sync(url):
    """The same retry loop, blocking."""
    with httpx.Client(verify=shared("h", httpx), timeout=600) as client:
        while True:
            try:
                got = client.get(url)
            except httpx.ReadTimeout:
                continue
            if got.status_code == 200:
                return got.json()["id"]
            time.sleep(float(got.headers["retry-after"]))


def requests_sync(url):
    """The same retry loop with requests."""
    with requests.Session() as client:
        while True:
            try:
                got = client.get(url, timeout=600)
            except requests.exceptions.ReadTimeout:
                continue
            if got.status_code == 200:
                return got.json()["id"]
            time.sleep(float(got.headers["retry-after"]))


def sseclient_sync(url):
    """The same retry loop with requests and sseclient-py; the id comes in an event."""
    with requests.Session() as client:
        while True:
            try:
                got = client.get(url, timeout=600, stream=True)
                if got.status_code == 200:
                    (event,) = sseclient.SSEClient(got).events()
                    return json.loads(event.data)["id"]
            except requests.exceptions.ReadTimeout:
                continue
            time.sleep(float(got.headers["retry-after"]))


PLAIN = {"id": "x1"}
MESSAGE = {**PLAIN, "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": "end_turn",
           "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1}}  # fmt: skip
CHAT = {**PLAIN, "object": "chat.completion", "created": 1, "model": "m", "choices": []}
SSE = answer(body=b'data: {"id": "x1"}\n\n', kind="text/event-stream")

ASYNC = (anthropic_async, openai_async, httpx_async, httpx2_async, httpx_sse_async, aiohttp_async)
BLOCKING = (anthropic_sync, openai_sync, httpx_sync, requests_sync, sseclient_sync)
SDKS = (anthropic_async, openai_async, anthropic_sync, openai_sync)


def good(client):
    """Return the answer that satisfies a client."""
    name = client.__name__
    if "sse" in name:
        return SSE
    return answer(body=json.dumps(MESSAGE if "anthropic" in name else CHAT if "openai" in name else PLAIN).encode())
