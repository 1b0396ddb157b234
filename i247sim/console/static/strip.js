// The strip of injects: one line that begins a little before now, or all of them.
import { $ } from "./common.js";

function showNow() {
  const list = document.querySelector(".strip ol"), now = list?.querySelector(".now");
  if (!now || list.contains(document.activeElement)) return;
  list.scrollLeft = now.offsetLeft - 220;
  list.scrollTop = now.offsetTop - 90;
}

function show(open) {
  $("strip").classList.toggle("open", open);
  $("strip-more").setAttribute("aria-expanded", String(open));
  $("strip-more").firstElementChild.textContent = open ? "Fold" : "Expand";
  showNow();
}

export function start() {
  const button = $("strip-more");
  if (!button) return;
  button.hidden = false;
  let open = false;
  try { open = localStorage.getItem("strip") === "open"; } catch { /* folded, then */ }
  show(open);
  button.addEventListener("click", () => {
    open = !open;
    try { localStorage.setItem("strip", open ? "open" : "folded"); } catch { /* only until the page is left */ }
    show(open);
  });
  document.addEventListener("refreshed", showNow);
}
