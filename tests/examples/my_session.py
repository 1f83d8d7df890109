"""Several calls over one pool: what is entered once a run gives the function that makes a call."""

import json
from contextlib import asynccontextmanager

import httpx


@asynccontextmanager
async def session(target):
    async with httpx.AsyncClient(timeout=target.patience_s) as http:

        async def call(target):
            async with http.stream("GET", target.url) as answer:
                async for line in answer.aiter_lines():
                    if line.startswith("data: {") and "text" in (data := json.loads(line[6:])):
                        yield data["text"]

        yield call
