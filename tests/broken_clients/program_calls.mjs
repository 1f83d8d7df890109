// The same in Node: several calls over the pool of fetch; a call is called off by its AbortController.
import { createInterface } from "node:readline";

const { SSEDRILL_DIALECT } = process.env;
const sin = process.argv[2] ?? "";
const say = (what) => console.log(JSON.stringify(what));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

say({ can: ["calls", "cancel"] });
if (SSEDRILL_DIALECT !== "eventsource") process.exit(127);

async function read(url, signal, show) {
  const answer = await fetch(url, { signal });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const decoder = new TextDecoder();
  let buffer = "";
  for await (const bytes of answer.body) {
    buffer += decoder.decode(bytes, { stream: true });
    const lines = buffer.split("\n");
    buffer = lines.pop();
    for (const line of lines) {
      if (line === "event: end") return;
      if (line.startsWith('data: {"')) show(JSON.parse(line.slice(6)).text);
    }
  }
  throw new Error("the stream ended without its last event");
}

async function call(number, url, signal) {
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        await read(url, signal, (text) => {
          say({ call: number, text });
          if (sin === "dies-in-2" && number === 2) process.exit(7);
        });
        break;
      } catch (error) {
        if (signal.aborted || attempt === 2) throw error;
        say({ call: number, restart: true });
        await sleep(1000 * (process.argv[3] ?? 1));
      }
    }
    say({ call: number, done: true });
  } catch (error) {
    say({ call: number, error: String(error.cause ?? error), class: error.name });
  }
}

const calls = new Map();
for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  if ("cancel" in asked) {
    calls.get(asked.cancel).abort();
    continue;
  }
  const controller = new AbortController();
  calls.set(asked.call, controller);
  call(asked.call, asked.url, controller.signal);
}
