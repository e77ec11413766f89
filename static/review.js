// The review by keys: 1 to 7 record a class, S passes over, N shows what the network says.
// Whoever dictates or types by accident can switch them off; the choice is kept in this browser.

const box = document.getElementById("keys");
const KEPT = "review-keys";

if (box) {
  box.checked = localStorage.getItem(KEPT) !== "off";
  box.addEventListener("change", () => localStorage.setItem(KEPT, box.checked ? "on" : "off"));
}

let sent = false; // a key that is held down must not answer for the next photograph

document.getElementById("review")?.addEventListener("submit", () => { sent = true; });
document.addEventListener("keydown", (event) => {
  if (!box?.checked || sent || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("textarea, select, input:not([type=checkbox])")) return;
  const wanted = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!wanted) return;
  event.preventDefault();
  wanted.click();
});
