"use strict";
(() => {
  const root = document.documentElement;
  const make = (tag, properties = {}, children = []) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  // Theme: the system's until the reader chooses.
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const toggle = make("button", { type: "button", textContent: "Dark theme" });
  const showTheme = () => toggle.setAttribute("aria-pressed", String(isDark()));
  toggle.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    showTheme();
  });
  system.addEventListener("change", showTheme);
  showTheme();
  document.getElementById("tools").append(toggle);

  // Values under the pointer: the titles of marks, shown at once and where a finger can call them.
  const tip = make("div", { id: "tip", hidden: true });
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  for (const title of document.querySelectorAll("svg title")) {
    title.parentElement.dataset.tip = title.textContent;
    title.remove();
  }
  const showTip = (event) => {
    const mark = event.target instanceof Element ? event.target.closest("[data-tip]") : null;
    tip.hidden = mark === null;
    if (mark === null) return;
    tip.textContent = mark.dataset.tip;
    const { width, height } = tip.getBoundingClientRect();
    const left = Math.min(event.clientX + 12, root.clientWidth - width - 4);
    const above = event.clientY - height - 12;
    tip.style.left = `${Math.max(left, 4)}px`;
    tip.style.top = `${above > 4 ? above : event.clientY + 16}px`;
  };
  document.addEventListener("pointermove", showTip);
  document.addEventListener("pointerdown", showTip);
  addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });
  addEventListener("keydown", (event) => { if (event.key === "Escape") tip.hidden = true; });

  // Regions that need no scrolling are no stop for the keyboard.
  const regions = [...document.querySelectorAll(".scroll")];
  const measure = () => {
    for (const region of regions) {
      const isWide = region.scrollWidth > region.clientWidth;
      if (isWide || region.scrollHeight > region.clientHeight) region.tabIndex = 0;
      else region.removeAttribute("tabindex");
    }
  };
  new ResizeObserver(measure).observe(document.body);
  for (const details of document.querySelectorAll("details")) details.addEventListener("toggle", measure);

  // Tables: sorted by a click on a heading; long ones filtered.
  const sorted = (rows, column, isNumber, isAscending) => {
    const sign = isAscending ? 1 : -1;
    const key = (row) => {
      const cell = row.cells[column];
      if (!isNumber) return cell.textContent.trim();
      return cell.dataset.order === "" ? null : Number(cell.dataset.order);
    };
    return rows
      .map((row) => [key(row), row])
      .sort(([a], [b]) => {
        if (a === null || b === null) return (a === null) - (b === null);
        return sign * (isNumber ? a - b : a.localeCompare(b, undefined, { numeric: true }));
      })
      .map(([, row]) => row);
  };

  for (const table of document.querySelectorAll("table.interactive")) {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const isNumber = head.classList.contains("number");
      const button = make("button", { type: "button" }, [...head.childNodes]);
      button.addEventListener("click", () => {
        const wasAscending = head.getAttribute("aria-sort") === "ascending";
        const wasDescending = head.getAttribute("aria-sort") === "descending";
        const isAscending = isNumber ? wasDescending : !wasAscending;
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", isAscending ? "ascending" : "descending");
        body.append(...sorted(rows, column, isNumber, isAscending));
      });
      head.append(button);
    });

    if (rows.length < 8) continue;
    const search = make("input", { type: "search", autocomplete: "off" });
    const status = make("output");
    const choices = heads.flatMap((head, column) => {
      if (!("choice" in head.dataset)) return [];
      const values = [...new Set(rows.map((row) => row.cells[column].textContent.trim()))];
      const select = make("select", {}, [
        make("option", { value: "", textContent: "all" }),
        ...values.map((value) => make("option", { value, textContent: value })),
      ]);
      return [{ column, select, title: head.textContent.trim() }];
    });
    const apply = () => {
      const wanted = search.value.trim().toLocaleLowerCase();
      let shown = 0;
      for (const row of rows) {
        const fits = row.textContent.toLocaleLowerCase().includes(wanted) && choices.every(
          ({ column, select }) => ["", row.cells[column].textContent.trim()].includes(select.value));
        row.hidden = !fits;
        shown += fits;
      }
      status.textContent = `${shown} of ${rows.length} rows`;
    };
    const form = make("div", { className: "filter" }, [
      make("label", {}, ["Rows that contain", search]),
      ...choices.map(({ select, title }) => make("label", {}, [`Only ${title}`, select])),
      status,
    ]);
    form.addEventListener("input", apply);
    table.closest(".scroll").before(form);
    apply();
  }
})();
