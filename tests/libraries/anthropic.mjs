// The anthropic SDK for Node.
import Anthropic from "@anthropic-ai/sdk";
import { drill, target } from "./client.mjs";

const client = new Anthropic({ baseURL: target.url, apiKey: target.key, timeout: target.patience });

await drill("anthropic-messages", async function* (prompt, signal) {
  const asked = { model: "claude", max_tokens: 1000, messages: [{ role: "user", content: prompt }], stream: true };
  for await (const event of await client.messages.create(asked, { signal }))
    if (event.type === "content_block_delta") yield event.delta.text;
});
