const { SSEDRILL_URL, SSEDRILL_DIALECT } = process.env;
if (SSEDRILL_DIALECT !== "eventsource") process.exit(127);
const say = (what) => console.log(JSON.stringify(what));

try {
  const answer = await fetch(SSEDRILL_URL);
  const decoder = new TextDecoder();
  let buffer = "";
  for await (const bytes of answer.body) {
    buffer += decoder.decode(bytes, { stream: true });
    const lines = buffer.split("\n");
    buffer = lines.pop();
    for (const line of lines) {
      if (!line.startsWith("data: {")) continue;
      const { text } = JSON.parse(line.slice(6));
      if (text) say({ text });
    }
  }
  say({ done: true });
} catch (error) {
  say({ error: String(error.cause ?? error), class: error.name });
}
