// The drawer takes the focus when it opens, and gives it back to what opened it.
import { $ } from "./common.js";
import * as grid from "./grid.js";
import * as map from "./map.js";

const KEPT = "opened"; // "/page kind:key" of the drawer of the page before this one

function opener(what) {
  const opens = (link) => new URL(link.getAttribute("href"), location.href).searchParams.get("open") === what;
  const link = [...document.querySelectorAll('main a[href*="open="]')].find(opens);
  if (link) return link;
  const [kind, key, party] = what.split(":");
  if (kind === "cell") return grid.turnTo(key, party);
  return kind === "bureau" ? map.turnTo(key) : null;
}

export function start() {
  const drawer = $("drawer"), opened = new URLSearchParams(location.search).get("open");
  let last = "";
  try {
    last = sessionStorage.getItem(KEPT) ?? "";
    sessionStorage.setItem(KEPT, drawer ? `${location.pathname} ${opened}` : "");
  } catch { /* without storage the focus begins at the top, as on any page */ }
  const [page, what] = last.split(" ");
  if (!drawer && what && page === location.pathname) opener(what)?.focus();
  if (drawer && !location.hash) drawer.focus({ preventScroll: true });
}
