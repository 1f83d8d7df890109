// A client that waits as it is told and reads to the end: one JSON object a line on standard output.
const say = (what) => console.log(JSON.stringify(what));

let answer = await fetch(process.env.SSEDRILL_URL);
while (!answer.ok) {
  const seconds = Number(answer.headers.get('retry-after'));
  say({ retry: `waiting ${seconds} s` });
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  answer = await fetch(process.env.SSEDRILL_URL);
}
let rest = '';
for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + piece).split('\n');
  rest = lines.pop();
  for (const line of lines) {
    if (line.startsWith('data: {')) {
      const { text } = JSON.parse(line.slice(6));
      if (text) say({ text });
    }
  }
}
say({ done: true });
