// The timeline between two refreshes: the line of the present goes on with the clock. Each lane is one tab stop; the
// arrows go along it.
import { $ } from "./common.js";

const items = (lane) => [...lane.querySelectorAll("a.item")];

/** Make one item of each lane its tab stop: the one with the focus, or the first. */
function begin() {
  for (const lane of document.querySelectorAll(".lanes .track")) {
    const all = items(lane), stop = all.find((one) => one === document.activeElement) ?? all[0];
    for (const one of all) one.setAttribute("tabindex", one === stop ? "0" : "-1");
  }
}

function walk(event) {
  const item = event.target.closest?.(".lanes a.item");
  if (!item || event.altKey || event.ctrlKey || event.metaKey) return;
  const all = items(item.closest(".track")), at = all.indexOf(item), last = all.length - 1;
  const next = all[{ ArrowLeft: Math.max(0, at - 1), ArrowRight: Math.min(last, at + 1), Home: 0, End: last }[event.key]];
  if (!next) return;
  event.preventDefault();
  for (const one of all) one.setAttribute("tabindex", one === next ? "0" : "-1");
  next.focus();
}

export function start() {
  begin();
  document.addEventListener("refreshed", begin);
  document.addEventListener("keydown", walk);
  document.addEventListener("frame", ({ detail: frame }) => {
    const lanes = document.querySelector(".lanes");
    if (!lanes || frame.s === undefined) return;
    const place = `${Math.min(100, 100 * frame.s / Number(lanes.dataset.span)).toFixed(2)}%`;
    lanes.querySelectorAll(".now").forEach((line) => { line.setAttribute("x1", place); line.setAttribute("x2", place); });
    $("lanes-now")?.setAttribute("x", place);
    if ($("lanes-now") && frame.clock) $("lanes-now").textContent = frame.clock;
  });
}
