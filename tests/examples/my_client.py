"""The smallest client: a function that takes a target and yields the text that its application would show."""

import json

import httpx


async def stream(target):
    async with httpx.AsyncClient(timeout=target.patience_s) as http, http.stream("GET", target.url) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data: {") and "text" in (data := json.loads(line[6:])):
                yield data["text"]
