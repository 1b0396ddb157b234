// The access matrix as a grid (ARIA pattern): one tab stop; arrows, Home, End and the page keys move; Enter opens why.
// Cells are bare: what a cell is about stands in its row (`data-key`) and at the head of its column.
import { $ } from "./common.js";

let at = { key: "", y: 0, x: 0 };

const rows = () => [...document.querySelectorAll("#grid tbody tr")];
const party = (column) => $("grid").tHead.rows[$("grid").tHead.rows.length - 1].cells[column].textContent;
/** What takes the focus in a cell: the row's link, or the cell itself. */
const stop = (cell) => cell.querySelector("a") ?? cell;

/** Make the cell in row `y` and column `x`, or the nearest there is, the one tab stop. */
function turn(y, x, all = rows()) {
  if (!all.length) return null;
  const row = all[Math.max(0, Math.min(all.length - 1, y))];
  const cell = row.cells[Math.max(0, Math.min(row.cells.length - 1, x))];
  document.querySelectorAll('#grid tbody [tabindex="0"]').forEach((old) => { old.tabIndex = -1; });
  at = { key: row.dataset.key, y: all.indexOf(row), x: cell.cellIndex };
  stop(cell).tabIndex = 0;
  return stop(cell);
}

/** After a refresh the tab stop stays with its message, wherever that stands by now. */
function begin() {
  const all = rows(), current = document.querySelector("#grid td.current");
  for (const row of all) for (const cell of row.cells) if (cell.localName === "td") cell.tabIndex = -1;
  const kept = all.findIndex((row) => row.dataset.key === at.key);
  if (current && !at.key) turn(all.indexOf(current.parentElement), current.cellIndex, all);
  else turn(kept < 0 ? at.y : kept, at.x, all);
}

function address(cell) {
  const where = new URL(location.href);
  where.searchParams.set("open", `cell:${cell.parentElement.dataset.key}:${party(cell.cellIndex)}`);
  return where.href.replaceAll("%3A", ":");
}

/** The cell of a message and a party, as the tab stop; `null` if it is not shown. */
export function turnTo(key, name) {
  const all = rows(), y = all.findIndex((row) => row.dataset.key === key);
  const x = y < 0 ? -1 : [...all[y].cells].findIndex((cell) => party(cell.cellIndex) === name);
  return x < 0 ? null : turn(y, x, all);
}

const ours = (event) => event.target.closest?.("#grid tbody td");

export function start() {
  if (document.body.dataset.page !== "access") return;
  begin();
  document.addEventListener("refreshed", begin);
  document.addEventListener("focusin", (event) => {
    const cell = event.target.closest?.("#grid tbody :is(td, th)");
    if (cell) turn(rows().indexOf(cell.parentElement), cell.cellIndex);
  });
  document.addEventListener("mouseover", (event) => {
    const cell = ours(event);
    if (cell) cell.title = `${cell.parentElement.dataset.key.replace(".", "#")}, ${party(cell.cellIndex)}: ${cell.textContent.trim() || "not addressed"}`;
  });
  document.addEventListener("click", (event) => {
    const cell = ours(event);
    if (!cell) return;
    if (event.ctrlKey || event.metaKey) window.open(address(cell), "_blank", "noopener");
    else location.assign(address(cell));
  });
  document.addEventListener("keydown", (event) => {
    if (!event.target.closest?.("#grid") || event.altKey || event.metaKey) return;
    if (event.key === "Enter" && ours(event)) { event.preventDefault(); location.assign(address(ours(event))); return; }
    const { y, x } = at, page = 10, end = Number.MAX_SAFE_INTEGER;
    const next = { ArrowUp: [y - 1, x], ArrowDown: [y + 1, x], ArrowLeft: [y, x - 1], ArrowRight: [y, x + 1], PageUp: [y - page, x], PageDown: [y + page, x], Home: [event.ctrlKey ? 0 : y, 0], End: [event.ctrlKey ? end : y, end] }[event.key];
    if (!next) return;
    event.preventDefault();
    turn(...next)?.focus();
  });
}
