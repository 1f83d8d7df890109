"""llama-index's model for the openai API."""

from llama_index.llms.openai import OpenAI


def model(target):
    """Return the model."""
    at = {"api_base": target.url, "api_key": target.api_key, "timeout": target.patience_s}
    return OpenAI(model="gpt-4o", max_retries=2, **at)


def stream(target):
    """Show what the model says, blocking."""
    for part in model(target).stream_complete(target.prompt):
        yield part.delta or ""


async def astream(target):
    """Show what the model says."""
    async for part in await model(target).astream_complete(target.prompt):
        yield part.delta or ""
