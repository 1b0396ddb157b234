// The timeline between two refreshes: the line of the present goes on with the clock.
import { $ } from "./common.js";

export function start() {
  document.addEventListener("frame", ({ detail: frame }) => {
    const lanes = document.querySelector(".lanes");
    if (!lanes || frame.s === undefined) return;
    const place = `${Math.min(100, 100 * frame.s / Number(lanes.dataset.span)).toFixed(2)}%`;
    lanes.querySelectorAll(".now").forEach((line) => { line.setAttribute("x1", place); line.setAttribute("x2", place); });
    $("lanes-now")?.setAttribute("x", place);
    if ($("lanes-now") && frame.clock) $("lanes-now").textContent = frame.clock;
  });
}
