"""langchain's two chat models."""

from langchain_anthropic import ChatAnthropic
from langchain_openai import ChatOpenAI


def model(target):
    """Return the model of the dialect."""
    at = {"base_url": target.url, "api_key": target.api_key, "timeout": target.patience_s}
    if target.dialect == "openai-chat":
        return ChatOpenAI(model="some-model", **at)
    return ChatAnthropic(model="claude-3-5-haiku-latest", **at)


def stream(target):
    """Show what the model says, blocking."""
    for chunk in model(target).stream(target.prompt):
        yield chunk.text


async def astream(target):
    """Show what the model says."""
    async for chunk in model(target).astream(target.prompt):
        yield chunk.text
