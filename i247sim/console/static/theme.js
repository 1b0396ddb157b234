// Before the first paint: the theme that somebody chose here; a seat starts light, else the system decides.
// The only script that is not a module, because a module would come too late and the page would flash.
(() => {
  const root = document.documentElement;
  let chosen = null;
  try { chosen = localStorage.getItem("theme"); } catch { /* storage may be blocked: then the system decides */ }
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  else if ("seat" in root.dataset) root.dataset.theme = "light";
})();
