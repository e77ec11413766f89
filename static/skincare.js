// What the pages do by themselves beyond htmx. Everything is reached by delegation, because htmx
// replaces parts of the pages; without this script each page still works.

function reveal() {
  for (const element of document.querySelectorAll("[data-needs-script]")) element.hidden = false;
}

document.addEventListener("input", ({ target }) => {
  if (target.id === "heatmap-opacity") {
    document.getElementById("heatmap-layer").style.opacity = target.value / 100;
  }
});
document.addEventListener("htmx:afterSettle", reveal);
reveal();
