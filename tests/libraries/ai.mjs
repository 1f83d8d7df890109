// The AI SDK with its provider for the openai API.
import { createOpenAI } from "@ai-sdk/openai";
import { streamText } from "ai";
import { drill, target } from "./client.mjs";

const model = createOpenAI({ baseURL: target.url, apiKey: target.key }).chat("some-model");

await drill("openai-chat", async function* (prompt, abortSignal) {
  const asked = { model, prompt, abortSignal, timeout: { chunkMs: target.patience }, onError: () => {} };
  for await (const part of streamText(asked).fullStream) {
    if (part.type === "error") throw part.error;
    if (part.type === "abort") throw new Error("aborted");
    if (part.type === "text-delta") yield part.text;
  }
});
