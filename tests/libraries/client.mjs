// What the Node clients share: how a program is told what to do, and how it tells what it shows.
import { createInterface } from "node:readline";

const env = process.env;
export const target = { url: env.SSEDRILL_URL, key: env.SSEDRILL_API_KEY, patience: 1000 * env.SSEDRILL_PATIENCE_S };
const say = (said) => console.log(JSON.stringify(said));

// `stream` is given a prompt and the signal by which the application stops reading, and yields text. What it keeps
// from call to call, such as the SDK's client, is made once.
export async function drill(dialect, stream) {
  say({ can: ["calls", "cancel"] });
  if (env.SSEDRILL_DIALECT !== dialect) process.exit(127);
  const stops = new Map();
  const make = async (call, prompt) => {
    stops.set(call, new AbortController());
    try {
      for await (const text of stream(prompt, stops.get(call).signal)) if (text) say({ call, text });
      say({ call, done: true });
    } catch (error) {
      say({ call, error: String(error?.message ?? error), class: error?.constructor?.name ?? "?" });
    }
  };
  if (!env.SSEDRILL_CALLS) {
    process.once("SIGINT", () => stops.get(undefined).abort());
    return make(undefined, env.SSEDRILL_PROMPT);
  }
  for await (const line of createInterface({ input: process.stdin })) {
    const { call, prompt, cancel } = JSON.parse(line);
    if (cancel) stops.get(cancel).abort();
    else make(call, prompt);
  }
}
