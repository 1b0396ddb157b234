// The access matrix as a grid (ARIA pattern): one tab stop; arrows, Home, End and the page keys move; Enter opens why.
import { $ } from "./common.js";

let at = [0, 0];

const cells = () => [...document.querySelectorAll("#grid tbody tr")].map((row) => [...row.querySelectorAll(".row, .cell")]);

function focus(row, column, table = cells()) {
  if (!table.length) return;
  const y = Math.max(0, Math.min(table.length - 1, row)), x = Math.max(0, Math.min(table[y].length - 1, column));
  table.forEach((line) => line.forEach((cell) => { cell.tabIndex = -1; }));
  at = [y, x];
  table[y][x].tabIndex = 0;
  return table[y][x];
}

function begin() {
  const table = cells();
  const current = document.querySelector("#grid .cell.current");
  const y = table.findIndex((line) => line.includes(current));
  focus(...(current && y >= 0 ? [y, table[y].indexOf(current)] : at), table);
}

export function start() {
  if (document.body.dataset.page !== "access") return;
  begin();
  document.addEventListener("refreshed", begin);
  document.addEventListener("focusin", (event) => {
    const cell = event.target.closest?.("#grid .row, #grid .cell");
    if (!cell) return;
    const table = cells(), y = table.findIndex((line) => line.includes(cell));
    if (y >= 0) focus(y, table[y].indexOf(cell), table);
  });
  document.addEventListener("keydown", (event) => {
    if (!event.target.closest?.("#grid") || event.altKey || event.metaKey) return;
    const [y, x] = at, page = 10, end = Number.MAX_SAFE_INTEGER;
    const next = { ArrowUp: [y - 1, x], ArrowDown: [y + 1, x], ArrowLeft: [y, x - 1], ArrowRight: [y, x + 1], PageUp: [y - page, x], PageDown: [y + page, x], Home: [event.ctrlKey ? 0 : y, 0], End: [event.ctrlKey ? end : y, end] }[event.key];
    if (!next) return;
    event.preventDefault();
    focus(...next)?.focus();
  });
}
