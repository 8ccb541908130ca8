"use strict";
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
  const body = document.querySelector("#steps tbody"), rows = [...body.rows];
  const buttons = [...document.querySelectorAll("#steps thead button")];
  const table = rows.map(row => [...row.cells].map(cell => "v" in cell.dataset ? cell.dataset.v : cell.textContent));
  const names = buttons.map(button => button.textContent);
  const points = [...document.querySelectorAll("circle[data-step]")];
  const query = document.getElementById("query"), only = document.getElementById("only-front");
  const count = document.getElementById("count"), tip = document.getElementById("tip");
  function refresh() {
    const parsed = parseQuery(query.value, names);
    query.setAttribute("aria-invalid", String("error" in parsed));
    if (parsed.error) { count.textContent = parsed.error; return; }
    let shown = 0;
    rows.forEach((row, place) => {
      row.hidden = (only && only.checked && !row.classList.contains("best")) || !matches(table[place], parsed.terms);
      shown += row.hidden ? 0 : 1;
    });
    points.forEach(point => point.classList.toggle("off", rows[point.dataset.step].hidden));
    count.textContent = shown + " of " + rows.length + " steps";
  }
  function mark(place, hot) {
    rows[place].classList.toggle("hot", hot);
    points.forEach(point => { if (Number(point.dataset.step) === place) point.classList.toggle("hot", hot); });
  }
  buttons.forEach((button, column) => button.addEventListener("click", () => {
    const order = button.dataset.order === "down" ? "up" : "down";
    buttons.forEach(other => { delete other.dataset.order; });
    button.dataset.order = order;
    sortedPlaces(table, column, order === "down").forEach(place => body.append(rows[place]));
  }));
  points.forEach(point => {
    const place = Number(point.dataset.step);
    point.addEventListener("pointerenter", event => {
      mark(place, true);
      tip.textContent = names.map((name, column) => [name, rows[place].cells[column].textContent])
        .filter(pair => pair[1] !== "-").slice(0, 14).map(pair => pair.join(": ")).join("\n");
      tip.style.left = Math.min(event.clientX + 14, window.innerWidth - 260) + "px";
      tip.style.top = event.clientY + 14 + "px";
      tip.hidden = false;
    });
    point.addEventListener("pointerleave", () => { mark(place, false); tip.hidden = true; });
    point.addEventListener("click", () => rows[place].scrollIntoView({ block: "center" }));
  });
  rows.forEach((row, place) => {
    row.addEventListener("pointerenter", () => mark(place, true));
    row.addEventListener("pointerleave", () => mark(place, false));
  });
  query.addEventListener("input", refresh);
  if (only) only.addEventListener("change", refresh);
  refresh();
})();
