import { createInterface } from "node:readline";

const { SSEDRILL_URL, SSEDRILL_DIALECT, SSEDRILL_CALLS } = process.env;
const say = (what) => console.log(JSON.stringify(what));
say({ can: ["calls", "cancel"] });
if (SSEDRILL_DIALECT !== "eventsource") process.exit(127);

async function make(call, url, signal) {
  try {
    const answer = await fetch(url, { signal });
    const decoder = new TextDecoder();
    let buffer = "";
    for await (const bytes of answer.body) {
      buffer += decoder.decode(bytes, { stream: true });
      const lines = buffer.split("\n");
      buffer = lines.pop();
      for (const line of lines) {
        if (!line.startsWith("data: {")) continue;
        const { text } = JSON.parse(line.slice(6));
        if (text) say({ call, text });
      }
    }
    say({ call, done: true });
  } catch (error) {
    say({ call, error: String(error.cause ?? error), class: error.name });
  }
}

const calls = new Map();
function begin(call, url) {
  calls.set(call, new AbortController());
  make(call, url, calls.get(call).signal);
}

if (SSEDRILL_CALLS) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { call, url, cancel } = JSON.parse(line);
    if (cancel) calls.get(cancel).abort();
    else begin(call, url);
  }
} else {
  process.once("SIGINT", () => calls.get(undefined).abort());
  begin(undefined, SSEDRILL_URL);
}
