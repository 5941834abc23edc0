// Runs before the first paint: takes the theme that the page was served with, else the one this browser saw last.
// The settings on the server decide; what is kept here only avoids a flash.
(() => {
  const root = document.documentElement;
  if (root.dataset.theme === "light" || root.dataset.theme === "dark") return;
  try {
    const seen = localStorage.getItem("chatty.theme");
    if (seen === "light" || seen === "dark") root.dataset.theme = seen;
  } catch {
    // Storage may be blocked; then the system's own preference is shown until the settings arrive.
  }
})();
