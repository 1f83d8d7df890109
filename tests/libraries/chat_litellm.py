"""litellm, whose pool of threads is made when it is imported."""

import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it asks the network for prices when it is imported

import litellm

MODELS = {"openai-chat": "openai/some-model", "anthropic-messages": "anthropic/claude-3-5-haiku-latest"}


def asked(target):
    """Return what a completion is asked for with."""
    prompt = [{"role": "user", "content": target.prompt}]
    where = {"api_base": target.url, "api_key": target.api_key}
    return {"model": MODELS[target.dialect], "messages": prompt, "stream": True, "timeout": target.patience_s} | where


def stream(target):
    """Show what a completion brings, blocking."""
    for chunk in litellm.completion(**asked(target), num_retries=2):
        yield chunk.choices[0].delta.content or ""


async def astream(target):
    """Show what a completion brings."""
    async for chunk in await litellm.acompletion(**asked(target), num_retries=2):
        yield chunk.choices[0].delta.content or ""
