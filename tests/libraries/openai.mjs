// The openai SDK for Node.
import OpenAI from "openai";
import { drill, target } from "./client.mjs";

const client = new OpenAI({ baseURL: target.url, apiKey: target.key, timeout: target.patience });

await drill("openai-chat", async function* (prompt, signal) {
  const asked = { model: "some-model", messages: [{ role: "user", content: prompt }], stream: true };
  for await (const chunk of await client.chat.completions.create(asked, { signal }))
    yield chunk.choices[0]?.delta?.content;
});
