const api = process.env.SSEDRILL_API ?? "http://127.0.0.1:8665";
const ask = async (path, body) => {
  const answer = await fetch(api + path, { method: "POST", body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
};

// The code under test: it goes on until it has seen the end of the answer.
async function* chat(url) {
  for (let tries = 0; tries < 3; tries++) {
    let rest = "";
    try {
      const body = { model: "m", stream: true, messages: [{ role: "user", content: "Count the fire engines." }] };
      const answer = await fetch(`${url}/chat/completions`, { method: "POST", body: JSON.stringify(body) });
      for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + piece).split("\n");
        rest = lines.pop();
        for (const line of lines.filter((one) => one.startsWith("data: "))) {
          if (line === "data: [DONE]") return;
          const text = JSON.parse(line.slice(6)).choices[0]?.delta.content;
          if (text) yield { text };
        }
      }
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // what fetch throws if the network fails
    }
    yield { restart: true };
  }
  throw new Error("no whole answer in three tries");
}

const drill = await ask("/drills", { scenario: "reset-mid-stream", dialect: "openai-chat" });
for await (const piece of chat(drill.url)) await ask(`/drills/${drill.id}/shown`, piece);
const found = await ask(`/drills/${drill.id}/shown`, { complete: true });
console.log(`${found.verdict}: ${found.summary}`);
process.exitCode = found.verdict === "fail" || found.verdict === "not-tested" ? 1 : 0;
