// The instructor's pages: keys, live top line, and what each page has of its own.
import { $, bindActs, bindKeys, move, showKeys, switchTheme, toast } from "./common.js";
import * as drawer from "./drawer.js";
import * as feed from "./feed.js";
import * as grid from "./grid.js";
import * as inject from "./inject.js";
import * as lanes from "./lanes.js";
import * as live from "./live.js";
import * as map from "./map.js";
import * as strip from "./strip.js";

const press = (id) => () => $(id)?.click();
const page = (key) => () => document.querySelector(`.tab[data-key="${key}"]`)?.click();

for (const id of ["theme", "keys", "print"]) if ($(id)) $(id).hidden = false;
$("theme")?.addEventListener("click", switchTheme);
$("keys")?.addEventListener("click", showKeys);
$("print")?.addEventListener("click", () => print());

bindActs();
bindKeys({
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8].map((key) => [String(key), page(key)])),
  " ": press("pause"),
  ".": press("step"),
  i: press("inject"),
  h: press("hold"),
  e: press("strip-more"),
  "/": () => ($("filter") ?? $("feed-party"))?.focus(),
  j: () => move(1),
  k: () => move(-1),
  d: switchTheme,
  "?": showKeys,
  Escape: press("close"),
});

map.start();
feed.start();
strip.start();
grid.start();
lanes.start();

// Alarms are spoken, the feed is not.
let alarms = null;
document.addEventListener("frame", ({ detail }) => {
  if (alarms !== null && detail.alarms > alarms) {
    $("alarms").textContent = `${detail.alarms} alarms`;
    toast("A new alarm: the three answers of a message do not fit together. See Access.", "error");
  }
  alarms = detail.alarms ?? alarms;
});

inject.start();

// A finished run: moving along it.
$("scrub-t")?.addEventListener("change", () => $("scrub").requestSubmit());

drawer.start();
live.start();
