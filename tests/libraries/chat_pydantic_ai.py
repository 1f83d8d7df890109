"""pydantic-ai with the providers of two dialects."""

from anthropic import AsyncAnthropic
from openai import AsyncOpenAI
from pydantic_ai import Agent
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider


async def stream(target):
    """Show the text as it comes."""
    at = {"base_url": target.url, "api_key": target.api_key, "timeout": target.patience_s}
    if target.dialect == "openai-chat":
        model = OpenAIChatModel("some-model", provider=OpenAIProvider(openai_client=AsyncOpenAI(**at)))
    else:
        model = AnthropicModel("claude", provider=AnthropicProvider(anthropic_client=AsyncAnthropic(**at)))
    async with Agent(model).run_stream(target.prompt) as answer:
        async for piece in answer.stream_text(delta=True, debounce_by=None):
            yield piece
