// What the pages do by themselves beyond htmx. Everything is reached by delegation, because htmx
// replaces parts of the pages; without this script each page still works.

function reveal() {
  for (const element of document.querySelectorAll("[data-needs-script]")) element.hidden = false;
}

document.addEventListener("input", ({ target }) => {
  if (target.id === "heatmap-opacity") {
    document.getElementById("heatmap-layer").style.opacity = target.value / 100;
  }
  if (target.id === "wipe") wipe();
});

function wipe() {
  const slider = document.getElementById("wipe");
  if (!slider) return;
  document.getElementById("wipe-layer").style.clipPath = `inset(0 ${100 - slider.value}% 0 0)`;
}

wipe();
document.addEventListener("htmx:afterSettle", reveal);
reveal();

// The history: what is ticked stays ticked when the list changes by itself, and is counted.

const ticked = new Set();

function countTicked() {
  const place = document.getElementById("ticked");
  if (place) place.textContent = ticked.size;
}

document.addEventListener("change", ({ target }) => {
  if (target.name !== "chosen") return;
  ticked[target.checked ? "add" : "delete"](target.value);
  countTicked();
});
document.addEventListener("htmx:afterSettle", () => {
  for (const box of document.querySelectorAll("input[name=chosen]")) box.checked = ticked.has(box.value);
});
for (const box of document.querySelectorAll("input[name=chosen]:checked")) ticked.add(box.value); // after "back"
countTicked();
