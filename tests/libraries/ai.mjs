// The AI SDK with its provider for the openai API.
import { createOpenAI } from "@ai-sdk/openai";
import { streamText } from "ai";
import { drill, target } from "./client.mjs";

await drill("openai-chat", async function* () {
  const model = createOpenAI({ baseURL: target.url, apiKey: target.key }).chat("some-model");
  const asked = { model, prompt: target.prompt, timeout: { chunkMs: target.patience }, onError: () => {} };
  for await (const part of streamText(asked).fullStream) {
    if (part.type === "error") throw part.error;
    if (part.type === "abort") throw new Error("aborted");
    if (part.type === "text-delta") yield part.text;
  }
});
