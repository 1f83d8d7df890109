
"use strict";
(() => {
  const token = new URLSearchParams(location.search).get("token") || "";
  if (token) history.replaceState(null, "", location.pathname);
  const main = document.getElementById("drills");
  const state = document.getElementById("state");
  const none = document.getElementById("none");
  const drills = new Map();

  // All that comes from outside becomes text, never markup.
  const make = (name, kind, text) => {
    const element = document.createElement(name);
    if (kind) element.className = kind;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const seconds = (t) => (t === null || t === undefined ? "" : `${t.toFixed(3)} s`);
  const ended = (one) => {
    if (one.closed_t === null) return "open";
    const how = { fin: "closed", reset: "reset", eof: "closed", "drill-end": "open until the drill ended" }[one.how];
    return one.how === "drill-end" ? how : `${how} by the ${one.closed_by} at ${seconds(one.closed_t)}`;
  };
  const size = (bytes) => (bytes < 10000 ? `${bytes} bytes` : `${(bytes / 1000).toFixed(1)} kB`);

  const found = (id) => {
    if (drills.has(id)) return drills.get(id);
    const box = make("details", "drill");
    box.open = true;
    const one = { box, told: null, connections: new Map(), attempts: new Map(), shown: new Map(), touched: false };
    box.append(make("summary"), make("div"));
    box.firstChild.addEventListener("click", () => { one.touched = true; });
    drills.set(id, one);
    main.prepend(box);
    return one;
  };

  const row = (attempt) => {
    const line = make("li", "attempt");
    const what = make("div", "what");
    const asked = attempt.method ? `${attempt.method} ${attempt.path}` : "met a shut door";
    what.append(make("code", "", asked));
    if (attempt.status) what.append(` ${attempt.status}`);
    for (const fault of attempt.faults) what.append(" ", make("span", "fault", fault));
    if (attempt.note) what.append(" ", make("span", "soft", attempt.note));
    if (attempt.method) {
      const bar = make("progress");
      bar.max = Math.max(attempt.operations, 1);
      bar.value = attempt.played;
      bar.setAttribute("aria-label", "operations carried out");
      const told = [`${attempt.played} of ${attempt.operations} operations`, size(attempt.bytes)];
      if (attempt.done_t !== null) told.push(`done at ${seconds(attempt.done_t)}`);
      if (attempt.left !== null) told.push(`the client left (${attempt.left}) at ${seconds(attempt.left_t)}`);
      what.append(bar, make("span", "soft", told.join(" · ")));
    }
    line.append(make("span", "t", seconds(attempt.t)), what);
    return line;
  };

  const draw = (one) => {
    const told = one.told;
    if (!told) return;
    const [summary, inside] = one.box.children;
    one.box.className = `drill ${told.state} ${told.verdict || ""}`;
    summary.replaceChildren(
      make("strong", "", told.scenario), make("span", "soft", told.dialect), make("span", "state", told.state));
    if (told.outcome) summary.append(make("span", "verdict", told.outcome === told.verdict ? told.outcome : `${told.verdict}: ${told.outcome}`));
    const lines = make("ol");
    const conns = [...one.connections.values()];
    const groups = [{ connection: 0 }, ...conns];
    for (const conn of groups) {
      const own = [...one.attempts.values()].filter((attempt) => attempt.connection === conn.connection);
      if (!conn.connection && !own.length) continue;
      const item = make("li", `connection ${conn.connection && conn.closed_t === null ? "open" : ""}`);
      const head = conn.connection ? `connection ${conn.connection}, from ${seconds(conn.t)}: ${ended(conn)}` : "without a connection";
      item.append(make("span", "", head));
      if (conn.note) item.append(" ", make("span", "soft", conn.note));
      const attempts = make("ol");
      attempts.append(...own.map(row));
      item.append(attempts);
      lines.append(item);
    }
    inside.replaceChildren(make("p", "soft", told.about));
    const where = make("p");
    where.append(make("code", "url", told.url));
    inside.append(where);
    for (const shown of one.shown.values()) {
      const claim = shown.claims.map((one) => ({ done: "said that it is complete", error: "said that it failed" })[one]);
      const which = told.calls > 1 ? `call ${shown.call}: ` : "";
      const text = [`${which}${shown.chars} characters were shown`, ...claim, ...(shown.stopped ? ["was ended at the deadline"] : [])];
      inside.append(make("p", "", text.join(" · ")));
    }
    if (told.summary) inside.append(make("p", "", told.summary));
    inside.append(lines);
    if (!one.touched) one.box.open = told.state !== "over";
  };

  const waiting = new Set();
  const later = (one) => {
    if (!waiting.size) requestAnimationFrame(() => {
      for (const each of waiting) draw(each);
      waiting.clear();
    });
    waiting.add(one);
  };

  const take = (name, data) => {
    const id = name === "drill" ? data.id : data.drill;
    if (name === "gone") {
      drills.get(id)?.box.remove();
      drills.delete(id);
    } else {
      const one = found(id);
      if (name === "drill") {
        if (one.told && one.told.round !== data.round) {
          for (const map of [one.connections, one.attempts, one.shown]) map.clear();
          one.touched = false;
        }
        one.told = data;
      } else {
        ({ connection: one.connections, attempt: one.attempts, shown: one.shown })[name]?.set(
          data[name === "shown" ? "call" : name], data);
      }
      later(one);
    }
    none.hidden = drills.size > 0;
  };

  const block = (text) => {
    let name = "message";
    const data = [];
    for (const line of text.split("\n")) {
      if (line.startsWith("event: ")) name = line.slice(7);
      else if (line.startsWith("data: ")) data.push(line.slice(6));
    }
    if (data.length) take(name, JSON.parse(data.join("\n")));
  };

  // Not an EventSource, which can't send the token.
  const read = async () => {
    const answer = await fetch("events", { headers: token ? { Authorization: `Bearer ${token}` } : {} });
    if (!answer.ok) throw new Error((await answer.json()).error);
    for (const one of drills.values()) one.box.remove();
    drills.clear();
    none.hidden = false;
    state.textContent = "live";
    state.className = "";
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) throw new Error("the server has ended");
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      blocks.forEach(block);
    }
  };
  const go = () => read().catch((error) => {
    state.textContent = `not live: ${error.message}; trying again`;
    state.className = "lost";
    setTimeout(go, 1000);
  });
  go();
})();
