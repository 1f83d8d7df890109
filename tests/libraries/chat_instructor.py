"""instructor around the openai SDK, without a response model."""

import instructor
from openai import OpenAI


def stream(target):
    """Show what a completion brings, blocking."""
    plain = OpenAI(base_url=target.url, api_key=target.api_key, timeout=target.patience_s)
    create = instructor.from_openai(plain).chat.completions.create
    prompt = [{"role": "user", "content": target.prompt}]
    for chunk in create(model="some-model", messages=prompt, stream=True, response_model=None):
        if chunk.choices:
            yield chunk.choices[0].delta.content or ""
