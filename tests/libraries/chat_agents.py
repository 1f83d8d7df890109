"""openai-agents, over chat completions."""

from agents import Agent, OpenAIChatCompletionsModel, Runner, set_tracing_disabled
from openai import AsyncOpenAI

set_tracing_disabled(True)


async def stream(target):
    """Show the text of one agent's only turn."""
    http = AsyncOpenAI(base_url=target.url, api_key=target.api_key, timeout=target.patience_s)
    agent = Agent(name="drilled", model=OpenAIChatCompletionsModel(model="some-model", openai_client=http))
    async for event in Runner.run_streamed(agent, target.prompt).stream_events():
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
            yield event.data.delta
