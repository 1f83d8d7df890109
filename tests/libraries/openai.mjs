// The openai SDK for Node.
import OpenAI from "openai";
import { drill, target } from "./client.mjs";

await drill("openai-chat", async function* () {
  const client = new OpenAI({ baseURL: target.url, apiKey: target.key, timeout: target.patience });
  const messages = [{ role: "user", content: target.prompt }];
  for await (const chunk of await client.chat.completions.create({ model: "some-model", messages, stream: true }))
    yield chunk.choices[0]?.delta?.content;
});
