// What the pages do by themselves beyond htmx. Everything is reached by delegation, because htmx
// replaces parts of the pages; without this script each page still works.

function reveal() {
  for (const element of document.querySelectorAll("[data-needs-script]")) element.hidden = false;
  for (const element of document.querySelectorAll("[data-without-script]")) element.hidden = true;
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

const boxes = () => [...document.querySelectorAll("input[name=chosen]")];

function noteTicked(changed) {
  for (const box of changed) ticked[box.checked ? "add" : "delete"](box.value);
  const place = document.getElementById("ticked");
  if (!place) return;
  place.textContent = ticked.size;
  document.getElementById("tick-all").checked = boxes().every((box) => box.checked);
}

document.addEventListener("change", ({ target }) => {
  if (target.name === "chosen") noteTicked([target]);
  if (target.id !== "tick-all") return;
  for (const box of boxes()) box.checked = target.checked;
  noteTicked(boxes());
});
document.addEventListener("htmx:afterSettle", () => {
  for (const box of boxes()) box.checked = ticked.has(box.value);
});
noteTicked(boxes()); // some are after "back"
