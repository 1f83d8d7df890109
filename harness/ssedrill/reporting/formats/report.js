
(() => {
  const all = (selector, of = document) => [...of.querySelectorAll(selector)];
  const target = () => document.getElementById(location.hash.slice(1));

  // ---- links: a browser opens the details that a target lies in; an old one is helped, and the keyboard goes there
  const arrive = () => {
    const place = location.hash && target();
    if (!place) return;
    const card = place.closest("details.run:not(.call)");
    if (card) {
      card.open = true;
      place.scrollIntoView();
      card.querySelector("summary").focus({ preventScroll: true });
    } else if (place.matches("a.cell")) place.focus();
  };
  addEventListener("hashchange", arrive);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) arrive(); // it is there already, perhaps closed again
  });
  addEventListener("beforeprint", () => all("details").forEach((one) => { one.open = true; }));

  // ---- search, and how much the filters leave
  const search = document.getElementById("search");
  const onlyBad = document.getElementById("only-bad");
  const onlyDiff = document.getElementById("only-diff");
  const found = document.getElementById("found");
  let drills;
  const read = () => all("a.cell").map((cell) => {
    const card = document.getElementById(cell.getAttribute("href").slice(1)).closest("details");
    const family = cell.closest("tbody").querySelector(".family");
    const said = [cell, ...all(".find", card)].map((one) => one.textContent);
    const text = [family ? family.textContent : "", ...said].join(" ").toLowerCase();
    return { cell, card, row: cell.closest("tr"), text };
  });
  const set = (element, name, value) => { if (element[name] !== value) element[name] = value; };
  const apply = () => {
    drills ??= read();
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = new Map();
    const groups = new Map();
    let shown = 0;
    for (const { cell, card, row, text } of drills) {
      const hit = words.every((word) => text.includes(word));
      const kept = hit && !(onlyDiff.checked && row.classList.contains("same"));
      const seen = kept && !(onlyBad.checked && !card.classList.contains("bad"));
      set(card, "hidden", !hit);
      if (cell.classList.contains("dim") === hit) cell.classList.toggle("dim", !hit);
      rows.set(row, (rows.get(row) || false) || hit);
      const inRow = kept && !(onlyBad.checked && !row.classList.contains("bad"));
      for (const [group, here] of [[row.parentNode, inRow], [card.parentNode, seen]]) {
        groups.set(group, (groups.get(group) || false) || here);
      }
      shown += seen;
    }
    rows.forEach((hit, row) => set(row, "hidden", !hit));
    groups.forEach((hit, group) => set(group, "hidden", !hit));
    const filtered = words.length || onlyBad.checked || onlyDiff.checked;
    found.textContent = filtered ? `${shown} of ${drills.length}` : "";
  };
  search.closest("label").hidden = false;
  search.addEventListener("input", apply);
  [onlyBad, onlyDiff].forEach((box) => box.addEventListener("change", apply));
  if (search.value || onlyBad.checked || onlyDiff.checked) apply(); // a browser may remember them

  // ---- keys: / to search, Escape to be done with it, arrows from cell to cell
  const beside = (cell, key) => {
    const row = cell.closest("tr");
    const links = all("a.cell", row);
    if (key === "ArrowLeft") return links[links.indexOf(cell) - 1];
    if (key === "ArrowRight") return links[links.indexOf(cell) + 1];
    const at = [...row.children].indexOf(cell.parentNode);
    const column = all("table.matrix tbody tr").filter((one) => one.checkVisibility())
      .map((one) => [one, one.children[at] && one.children[at].querySelector("a.cell")])
      .filter(([one, link]) => link || one === row);
    const here = column.findIndex(([one]) => one === row);
    return (column[here + (key === "ArrowUp" ? -1 : 1)] || [])[1];
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const on = event.target;
    if (event.key === "/" && !on.matches("input")) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape" && on === search) {
      search.value = "";
      apply();
      search.blur();
    } else if (event.key.startsWith("Arrow") && on.matches("a.cell")) {
      const next = beside(on, event.key);
      if (next) { event.preventDefault(); next.focus(); }
    }
  });
  arrive();
})();
