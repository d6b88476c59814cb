// Draws the matrix as a table of the browser's own, so that screen readers read it, and tells the page what is chosen.
// Knows nothing about scores: each cell comes with its text, its class and its words.

const SIGNS = { better: "▲", worse: "▼", same: "=" };

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function button(className, text, label, act) {
  const made = element("button", { type: "button", className, title: label, onclick: act }, text);
  made.setAttribute("aria-label", label);
  return made;
}

function columnHead(column, send) {
  const label = column.first ? `${column.letter}, the baseline: ${column.name}` : `Make ${column.letter} the baseline: ${column.name}`;
  const head = element("th", { scope: "col", className: "name" });
  if (column.first) head.append(element("span", { title: label }, column.letter, element("small", {}, " baseline")));
  else head.append(button("link", column.letter, label, () => send("baseline", column.id)));
  return head;
}

function headRow(label, cells) {
  return element("tr", {}, element("th", { scope: "row" }, label), ...cells);
}

function tally(column, data, send) {
  const cell = element("td");
  for (const [show, count] of column.tally) {
    const label = `${count} ${show === "same" ? "the same as" : `${show} than`} ${data.columns[0].letter}: show only these`;
    const text = data.columns.length > 3 ? `${SIGNS[show]}${count}` : `${count} ${show}`;
    const made = button("link tally", text, label, () => send("pick", { show, against: column.id }));
    made.setAttribute("aria-pressed", String(data.show === show && data.against === column.id));
    cell.append(made, " ");
  }
  return cell;
}

function head(data, send) {
  const rows = [
    element("tr", {}, element("th", { scope: "col", className: "question" }, data.corner), ...data.columns.map((c) => columnHead(c, send))),
    ...data.settings.map((name, at) => headRow(name, data.columns.map((c) => element("td", { title: c.settings[at] }, c.settings[at])))),
    headRow(data.figure, data.columns.map((c) => element("td", { className: "figure", title: c.figureWords }, c.figure))),
  ];
  if (data.columns.length > 1) {
    const cells = data.columns.slice(1).map((c) => tally(c, data, send));
    rows.push(headRow(`Against ${data.columns[0].letter}`, [element("td"), ...cells]));
  }
  if (data.tests.length) {
    const cells = data.tests.map((test) => element("td", { title: test.words }, test.short));
    rows.push(headRow("Verdict", [element("td"), ...cells]));
  }
  return element("thead", {}, ...rows);
}

function bodyCell(column, row, cell, data, send) {
  const place = `${column.id}:${row.id}`;
  const made = button(`cell wb-${cell.tint}`, cell.text, `${column.letter}, question ${row.number}: ${cell.words}`, () => send("open", place));
  if (cell.marks) made.append(element("small", { ariaHidden: "true" }, ` ${cell.marks}`));
  made.dataset.place = place;
  made.tabIndex = -1;
  if (place === data.cell) made.setAttribute("aria-current", "true");
  return element("td", {}, made);
}

function body(data, send) {
  const rows = data.rows.map((row) => {
    const text = element("th", { scope: "row", className: "question", title: row.text }, element("small", {}, `${row.number} `), row.text);
    return element("tr", {}, text, ...row.cells.map((cell, at) => bodyCell(data.columns[at], row, cell, data, send)));
  });
  return element("tbody", {}, ...rows);
}

// One cell at a time is reached by Tab; the arrows go from cell to cell, as in a spreadsheet.
function moveByKeys(table, columns, send) {
  const cells = [...table.querySelectorAll("button.cell")];
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  const focus = (cell) => {
    cells.forEach((c) => (c.tabIndex = -1));
    cell.tabIndex = 0;
    cell.focus();
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  table.onkeydown = (event) => {
    const at = cells.indexOf(event.target);
    if (at < 0) return;
    if (event.key === "Escape") send("open", "");
    const row = at - (at % columns);
    const to = event.key === "Home" ? row : event.key === "End" ? row + columns - 1 : at + (steps[event.key] ?? 0);
    const leaves = event.key.match(/^Arrow(Left|Right)$/) && to - (to % columns) !== row;
    if (to === at || leaves || !cells[to]) return;
    event.preventDefault();
    focus(cells[to]);
  };
  const current = cells.find((c) => c.hasAttribute("aria-current")) ?? cells[0];
  if (current) current.tabIndex = 0;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const place = parentElement.querySelector(".matrix");
  const focused = parentElement.activeElement?.dataset?.place;
  const { scrollTop, scrollLeft } = place;
  const isSame = place.dataset.shown === data.key;
  const table = element("table", { ariaLabel: data.name }, head(data, setTriggerValue), body(data, setTriggerValue));
  const columns = data.columns.map(() => element("col", { className: "trial" }));
  table.prepend(element("colgroup", {}, element("col"), ...columns));
  const count = data.columns.length;
  table.style.setProperty("--columns", count);
  table.style.setProperty("--trial", count < 3 ? "13rem" : count < 5 ? "9.5rem" : "7.5rem");
  table.setAttribute("role", "grid");
  if (!data.rows.length) table.classList.add("head-only");
  place.replaceChildren(table);
  place.dataset.shown = data.key;
  moveByKeys(table, count, setTriggerValue);
  // What stood under the eyes stays there when a cell is opened; another page of questions begins at its top.
  place.scrollTo(scrollLeft, isSame ? scrollTop : 0);
  table.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (focused) [...table.querySelectorAll("button.cell")].find((c) => c.dataset.place === focused)?.focus();
}
