"use strict";
(() => {
  const entries = JSON.parse(document.getElementById("search-index").textContent);
  const field = document.getElementById("search");
  const found = document.getElementById("found");
  const count = document.getElementById("count");
  const all = document.getElementById("all");
  for (const entry of entries) {
    for (const key of ["name", "title", "tags", "more"]) {
      entry[`${key}Low`] = entry[key].toLowerCase();
    }
    entry.tagSet = new Set(entry.tagsLow.split(","));
  }

  // Every word must be somewhere; names count more than tags, tags more than the rest.
  const score = (entry, words) => {
    let total = 0;
    for (const word of words) {
      if (entry.nameLow === word) total += 100;
      else if (entry.nameLow.startsWith(word)) total += 40;
      else if (entry.tagSet.has(word)) total += 30;
      else if (entry.nameLow.includes(word) || entry.titleLow.includes(word)) total += 20;
      else if (entry.tagsLow.includes(word)) total += 10;
      else if (entry.moreLow.includes(word)) total += 1;
      else return 0;
    }
    return total;
  };

  const item = (entry) => {
    const line = document.createElement("li");
    const link = document.createElement("a");
    link.href = `script/${encodeURIComponent(entry.file)}`;
    link.textContent = entry.name;
    const text = document.createElement("span");
    text.className = "tags";
    text.textContent = entry.tags.split(",").join(" ");
    line.append(link);
    if (entry.title !== entry.name) line.append(` ${entry.title}`);
    line.append(text);
    return line;
  };

  const show = () => {
    const words = field.value.toLowerCase().split(/[\s,]+/).filter(Boolean);
    const searching = words.length > 0;
    all.hidden = searching;
    found.hidden = !searching;
    found.replaceChildren();
    count.textContent = "";
    if (!searching) return;
    const hits = entries
      .map((entry) => [score(entry, words), entry])
      .filter(([points]) => points > 0)
      .sort(([a, first], [b, second]) => b - a || first.name.localeCompare(second.name));
    found.append(...hits.map(([, entry]) => item(entry)));
    count.textContent = hits.length === 1 ? "1 script" : `${hits.length || "no"} scripts`;
  };

  field.addEventListener("input", show);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== field) {
      event.preventDefault();
      field.focus();
    } else if (event.key === "Escape" && document.activeElement === field) {
      field.value = "";
      show();
    }
  });
  field.value = new URLSearchParams(location.search).get("q") ?? "";
  document.getElementById("search-form").addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("search-form").hidden = false;
  show();
})();
