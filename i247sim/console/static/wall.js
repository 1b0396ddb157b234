// The wall: map, clock and totals, without controls.
import { switchTheme } from "./common.js";
import * as live from "./live.js";
import * as map from "./map.js";

document.addEventListener("keydown", (event) => { if (event.key === "d" && !event.ctrlKey && !event.metaKey) switchTheme(); });
map.start();
live.start();
