// The anthropic SDK for Node.
import Anthropic from "@anthropic-ai/sdk";
import { drill, target } from "./client.mjs";

await drill("anthropic-messages", async function* () {
  const client = new Anthropic({ baseURL: target.url, apiKey: target.key, timeout: target.patience });
  const messages = [{ role: "user", content: target.prompt }];
  const events = await client.messages.create({ model: "claude", max_tokens: 1000, messages, stream: true });
  for await (const event of events) if (event.type === "content_block_delta") yield event.delta.text;
});
