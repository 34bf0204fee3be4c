"use strict";
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  // Sorting: a cell's data-sort is its exact value; an empty one is unknown and stays last either way.
  const compare = (a, b, numeric) => (numeric ? Number(a) - Number(b) : a.localeCompare(b));
  const sortBy = (heading) => {
    const table = heading.closest("table");
    const body = table.tBodies[0];
    const numeric = heading.classList.contains("n");
    const now = heading.getAttribute("aria-sort");
    const direction = now === "none" ? (numeric ? "descending" : "ascending") : now === "ascending" ? "descending" : "ascending";
    all("th[aria-sort]", table).forEach((other) => other.setAttribute("aria-sort", "none"));
    heading.setAttribute("aria-sort", direction);
    const sign = direction === "ascending" ? 1 : -1;
    const rows = Array.from(body.rows).map((row, place) => ({ row, place, value: row.cells[heading.cellIndex].dataset.sort ?? "" }));
    rows.sort((x, y) => {
      if ((x.value === "") !== (y.value === "")) return x.value === "" ? 1 : -1;
      return sign * compare(x.value, y.value, numeric) || x.place - y.place;
    });
    body.append(...rows.map((item) => item.row));
  };
  all("th[aria-sort] button").forEach((button) => button.addEventListener("click", () => sortBy(button.closest("th"))));

  // Filter: all words must occur somewhere in the row.
  const filter = document.getElementById("filter");
  if (filter) {
    const rows = all("#query-table > tbody > tr");
    const count = document.getElementById("filter-count");
    const texts = rows.map((row) => row.textContent.toLowerCase());
    filter.addEventListener("input", () => {
      const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, number) => {
        const fits = words.every((word) => texts[number].includes(word));
        row.hidden = !fits;
        shown += fits ? 1 : 0;
      });
      count.textContent = `${shown} of ${rows.length} shown`;
    });
  }

  // Copy: the clipboard API where the page may use it, else the older command.
  const copied = async (pre) => {
    try {
      await navigator.clipboard.writeText(pre.textContent);
      return true;
    } catch {
      const range = document.createRange();
      range.selectNodeContents(pre);
      const selection = getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      return document.execCommand("copy");
    }
  };
  all("button[data-copy]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const done = await copied(document.getElementById(button.dataset.copy));
      button.textContent = done ? "Copied" : "Press Ctrl+C";
      setTimeout(() => { button.textContent = "Copy"; }, 1800);
    });
  });

  // Expand or collapse all recommendations.
  const toggle = document.getElementById("toggle");
  if (toggle) {
    toggle.hidden = false;
    toggle.addEventListener("click", () => {
      const cards = all(".rec:not(.drop)");
      const open = cards.some((card) => !card.open);
      cards.forEach((card) => { card.open = open; });
      toggle.textContent = open ? "Collapse all" : "Expand all";
    });
  }

  // A link to something folded opens it.
  const reveal = () => {
    const target = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
    if (!target) return;
    if (target.hidden && filter) { filter.value = ""; filter.dispatchEvent(new Event("input")); }
    for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
    if (target.tagName === "TR") all("details.sql", target).forEach((item) => { item.open = true; });
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();
})();
