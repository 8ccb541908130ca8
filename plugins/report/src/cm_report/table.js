"use strict";
// For a page with one table "rows": sorts and filters it, and ties its rows to the marks of charts (data-row).
// A query is words between spaces: name=value, name!=value, name>5, name<=5, or a text that a row contains.
function parseQuery(text, names) {
  const known = new Map(names.map((name, place) => [name.toLowerCase(), place]));
  const terms = [];
  for (const word of text.trim().toLowerCase().split(/\s+/)) {
    if (!word) continue;
    const found = /^(.+?)(<=|>=|!=|==?|<|>)(.*)$/.exec(word);
    if (!found) { terms.push({ kind: "text", value: word }); continue; }
    if (!known.has(found[1])) return { error: "there is no column '" + found[1] + "'" };
    terms.push({ kind: found[2] === "==" ? "=" : found[2], column: known.get(found[1]), value: found[3] });
  }
  return { terms: terms };
}
function fulfils(cell, kind, value) {
  const wanted = Number(value), number = cell.trim() !== "" && value !== "" && !Number.isNaN(wanted) ? Number(cell) : NaN;
  if (kind === "=") return cell.toLowerCase() === value || number === wanted;
  if (kind === "!=") return cell !== "" && cell.toLowerCase() !== value && number !== wanted;
  if (Number.isNaN(number)) return false;
  return kind === "<" ? number < wanted : kind === ">" ? number > wanted : kind === "<=" ? number <= wanted : number >= wanted;
}
function matches(cells, terms) {
  return terms.every(term => term.kind === "text"
    ? cells.some(cell => cell.toLowerCase().includes(term.value))
    : fulfils(cells[term.column], term.kind, term.value));
}
function compareCells(one, other) {
  // Numbers before text before what is missing.
  const rank = cell => cell === "" ? 2 : Number.isNaN(Number(cell)) ? 1 : 0;
  if (rank(one) !== rank(other)) return rank(one) - rank(other);
  return rank(one) === 0 ? Number(one) - Number(other) : one.localeCompare(other);
}
function sortedPlaces(table, column, downwards) {
  const places = table.map((_, place) => place);
  const missing = place => table[place][column] === "";
  return places.sort((a, b) => missing(a) || missing(b)
    ? missing(a) - missing(b) || a - b
    : (downwards ? -1 : 1) * compareCells(table[a][column], table[b][column]) || a - b);
}
if (typeof module !== "undefined") module.exports = { parseQuery, matches, sortedPlaces };
if (typeof document !== "undefined") (function () {
  const main = document.getElementById("rows"), rows = [...main.tBodies[0].rows];
  const heads = [...main.tHead.rows[0].cells], names = heads.map(head => head.textContent);
  const table = rows.map(row => [...row.cells].map(cell => "v" in cell.dataset ? cell.dataset.v : cell.textContent));
  const marks = [...document.querySelectorAll("svg [data-row]")];
  const query = document.getElementById("query"), only = document.getElementById("only-best");
  const count = document.getElementById("count"), tip = document.getElementById("tip");
  // What does nothing without this script appears with it.
  document.querySelectorAll("[data-script]").forEach(part => { part.hidden = false; });
  const buttons = heads.map(head => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    return button;
  });
  function refresh() {
    const parsed = parseQuery(query.value, names);
    query.setAttribute("aria-invalid", String("error" in parsed));
    if (parsed.error) { count.textContent = parsed.error; return; }
    let shown = 0;
    rows.forEach((row, place) => {
      row.hidden = (only && only.checked && !row.classList.contains("best")) || !matches(table[place], parsed.terms);
      shown += row.hidden ? 0 : 1;
    });
    marks.forEach(mark => mark.classList.toggle("off", rows[mark.dataset.row].hidden));
    count.textContent = shown + " of " + rows.length + " " + main.dataset.noun;
  }
  function heat(place, hot) {
    rows[place].classList.toggle("hot", hot);
    marks.forEach(mark => { if (Number(mark.dataset.row) === place) mark.classList.toggle("hot", hot); });
  }
  let shownFor = null;
  function leave() {
    if (shownFor !== null) heat(shownFor, false);
    shownFor = null;
    tip.hidden = true;
  }
  function enter(mark) {
    leave();
    shownFor = Number(mark.dataset.row);
    heat(shownFor, true);
    tip.textContent = names.map((name, column) => [name, rows[shownFor].cells[column].textContent])
      .filter(pair => pair[1] !== "-").slice(0, 14).map(pair => pair.join(": ")).join("\n");
    tip.hidden = false;
    const box = mark.getBoundingClientRect();
    const left = box.right + 12 + tip.offsetWidth < window.innerWidth ? box.right + 12 : box.left - 12 - tip.offsetWidth;
    tip.style.left = Math.max(left, 4) + "px";
    tip.style.top = Math.max(Math.min(box.top, window.innerHeight - tip.offsetHeight - 4), 4) + "px";
  }
  function goTo(place) { rows[place].scrollIntoView({ block: "center" }); }
  heads.forEach((head, column) => buttons[column].addEventListener("click", () => {
    const order = head.getAttribute("aria-sort") === "descending" ? "ascending" : "descending";
    heads.forEach(other => { other.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", order);
    sortedPlaces(table, column, order === "descending").forEach(place => main.tBodies[0].append(rows[place]));
  }));
  marks.forEach(mark => {
    const told = mark.querySelector("title");
    if (told) told.remove();
    mark.addEventListener("pointerenter", () => enter(mark));
    mark.addEventListener("pointerleave", event => { if (event.pointerType === "mouse") leave(); });
    mark.addEventListener("click", () => goTo(Number(mark.dataset.row)));
  });
  // A chart is one stop of the keyboard; arrows go from mark to mark, Enter to the row.
  document.querySelectorAll("svg").forEach(chart => {
    const across = mark => mark.getBoundingClientRect().left;
    let order = null, place = -1;
    if (!chart.querySelector("[data-row]")) return;
    chart.setAttribute("tabindex", "0");
    chart.addEventListener("keydown", event => {
      const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      if (event.key === "Escape") leave();
      if (event.key === "Enter" && shownFor !== null) goTo(shownFor);
      if (!step) return;
      event.preventDefault();
      order = order || [...chart.querySelectorAll("[data-row]")].sort((a, b) => across(a) - across(b));
      const seen = order.filter(mark => !mark.classList.contains("off"));
      if (!seen.length) return;
      place = (place + step + seen.length) % seen.length;
      enter(seen[place]);
    });
    chart.addEventListener("blur", leave);
  });
  document.addEventListener("scroll", () => { if (document.activeElement.tagName !== "svg") leave(); }, { passive: true });
  rows.forEach((row, place) => {
    row.addEventListener("pointerenter", () => heat(place, true));
    row.addEventListener("pointerleave", () => heat(place, false));
  });
  if (!query) return;
  query.addEventListener("input", refresh);
  if (only) only.addEventListener("change", refresh);
  refresh();
})();
