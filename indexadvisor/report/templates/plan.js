(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const summaryOf = (node) => node.firstElementChild;

  const setUp = (plan) => {
    const nodes = all(".tree > .node", plan);
    const levels = nodes.map((node) => Number(node.dataset.level));
    const folded = new Set();
    const find = plan.querySelector(".find");
    const found = plan.querySelector(".found");
    const tree = plan.querySelector(".tree");
    const table = plan.querySelector(".table-view");
    const rows = all("tbody > tr", table);
    let texts = null;
    let kept = null;

    // One pass over the rows: hidden are those below a folded one, and those that the search does not keep.
    const draw = () => {
      let below = Infinity;
      nodes.forEach((node, place) => {
        const covered = levels[place] > below;
        if (!covered) below = folded.has(place) && kept === null ? levels[place] : Infinity;
        node.hidden = covered || (kept !== null && !kept.has(place));
        const button = node.querySelector(":scope > summary .fold");
        if (button) button.setAttribute("aria-expanded", String(!folded.has(place)));
      });
      plan.querySelector("[data-fold]").textContent = folded.size ? "Unfold all" : "Fold all";
    };
    const parent = (place) => {
      for (let other = place - 1; other >= 0; other -= 1) if (levels[other] < levels[place]) return other;
      return -1;
    };
    const hasBelow = (place) => place + 1 < nodes.length && levels[place + 1] > levels[place];
    const focus = (place) => { if (place >= 0 && place < nodes.length) summaryOf(nodes[place]).focus(); };
    const step = (place, by) => {
      let other = place + by;
      while (other >= 0 && other < nodes.length && nodes[other].hidden) other += by;
      focus(other);
    };
    const fold = (place, closed) => { if (closed) folded.add(place); else folded.delete(place); draw(); };

    // Search: every word must occur in the node's lines or properties; the way up to each match stays in sight.
    const search = () => {
      const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
      texts = texts ?? nodes.map((node) => node.textContent.toLowerCase());
      const hits = new Set([...nodes.keys()].filter((place) => words.every((word) => texts[place].includes(word))));
      kept = null;
      if (words.length) {
        kept = new Set(hits);
        hits.forEach((place) => { for (let up = parent(place); up >= 0; up = parent(up)) kept.add(up); });
      }
      nodes.forEach((node, place) => node.classList.toggle("hit", words.length > 0 && hits.has(place)));
      rows.forEach((row) => { row.hidden = kept !== null && !hits.has(Number(row.dataset.n)); });
      found.textContent = words.length ? `${hits.size} of ${nodes.length} nodes` : "";
      draw();
      return hits;
    };

    const show = (view) => {
      tree.hidden = view === "table";
      table.hidden = view !== "table";
      table.open = view === "table";
      all("[data-view]", plan).forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.view === view)));
    };

    // A node that something points at is brought into sight.
    const reveal = (node) => {
      const place = nodes.indexOf(node);
      if (place < 0) return;
      if (kept !== null) { find.value = ""; search(); }
      for (let up = parent(place); up >= 0; up = parent(up)) folded.delete(up);
      show("tree");
      draw();
      node.open = true;
      summaryOf(node).focus();
      node.scrollIntoView({ block: "center" });
    };

    plan.querySelector(".toolbar").hidden = false;
    table.classList.add("alone");
    all(".fold", tree).forEach((button) => { button.hidden = false; });
    show("tree");
    draw();
    find.addEventListener("input", search);
    find.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { find.value = ""; search(); find.blur(); }
      if (event.key === "Enter") { const first = Math.min(...search()); if (tree.hidden) show("tree"); focus(first); event.preventDefault(); }
    });
    plan.querySelector("[data-fold]").addEventListener("click", () => {
      if (folded.size) folded.clear();
      else nodes.forEach((_, place) => { if (hasBelow(place)) folded.add(place); });
      draw();
    });
    all("[data-view]", plan).forEach((button) => button.addEventListener("click", () => show(button.dataset.view)));
    tree.addEventListener("click", (event) => {
      const button = event.target.closest(".fold");
      if (!button) return;
      event.preventDefault();
      const place = nodes.indexOf(button.closest(".node"));
      fold(place, !folded.has(place));
    });
    tree.addEventListener("keydown", (event) => {
      const place = event.target.matches(".node > summary") ? nodes.indexOf(event.target.parentElement) : -1;
      if (place < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
      const moves = {
        ArrowDown: () => step(place, 1),
        ArrowUp: () => step(place, -1),
        Home: () => step(-1, 1),
        End: () => step(nodes.length, -1),
        ArrowRight: () => { if (folded.has(place)) fold(place, false); else if (hasBelow(place)) step(place, 1); },
        ArrowLeft: () => { if (hasBelow(place) && !folded.has(place) && kept === null) fold(place, true); else focus(parent(place)); },
      };
      if (!moves[event.key]) return;
      event.preventDefault();
      moves[event.key]();
    });

    // Side by side: the node that does the same in the other plan lights up.
    all(".compare", plan).forEach((pair) => {
      const light = (event) => {
        all(".o.twin", pair).forEach((row) => row.classList.remove("twin"));
        const row = event.type === "mouseleave" ? null : event.target.closest(".o");
        if (!row || row.dataset.twin === undefined) return;
        const other = row.closest(".outline").dataset.side === "before" ? "after" : "before";
        const twin = pair.querySelector(`.outline[data-side=${other}] .o[data-n="${CSS.escape(row.dataset.twin)}"]`);
        row.classList.add("twin");
        if (twin) twin.classList.add("twin");
      };
      pair.addEventListener("mouseover", light);
      pair.addEventListener("mouseleave", light);
    });
    return { plan, nodes, find, reveal, toggle: () => show(tree.hidden ? "tree" : "table") };
  };

  const plans = all(".plan-view").map(setUp);
  const help = document.getElementById("help");
  const opener = document.querySelector(".help-open");
  opener.hidden = false;
  opener.addEventListener("click", () => help.showModal());
  // The plan that holds the focus, else the one nearest to the top of the window.
  const current = () => plans.find((one) => one.plan.contains(document.activeElement))
    ?? plans.find((one) => one.plan.getBoundingClientRect().bottom > 120) ?? plans[0];

  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input, textarea") || event.ctrlKey || event.altKey || event.metaKey || !plans.length) return;
    if (event.key === "/") { event.preventDefault(); current().find.focus(); }
    if (event.key === "t") current().toggle();
    if (event.key === "?" && !help.open) help.showModal();
  });
  const follow = () => {
    const target = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
    if (target) plans.forEach((one) => one.reveal(target));
  };
  addEventListener("hashchange", follow);
  all('a[href*="-n"]').forEach((link) => link.addEventListener("click", () => { if (link.hash === location.hash) follow(); }));
  follow();
})();
