// What the Node clients share: how a program is told what to do, and how it tells what it shows.
const env = process.env;
export const target = { url: env.SSEDRILL_URL, key: env.SSEDRILL_API_KEY, prompt: env.SSEDRILL_PROMPT, patience: 1000 * env.SSEDRILL_PATIENCE_S };
const say = (said) => console.log(JSON.stringify(said));

export async function drill(dialect, stream) {
  if (env.SSEDRILL_DIALECT !== dialect) process.exit(127);
  try {
    for await (const text of stream()) if (text) say({ text });
    say({ done: true });
  } catch (error) {
    say({ error: String(error?.message ?? error), class: error?.constructor?.name ?? "?" });
  }
}
