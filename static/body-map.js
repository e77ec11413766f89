// The figure of a body: a click sets the list of body sites, and the list colours the figure.

export function connectBodyMap(map, select) {
  const parts = [...map.querySelectorAll("[data-site]")];

  function colour() {
    for (const part of parts) part.classList.toggle("chosen", part.dataset.site === select.value);
  }

  for (const part of parts) {
    const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
    title.textContent = select.querySelector(`option[value="${part.dataset.site}"]`).textContent;
    part.append(title);
    part.addEventListener("click", () => {
      select.value = select.value === part.dataset.site ? "" : part.dataset.site;
      colour();
    });
  }
  select.addEventListener("change", colour);
  colour();
}
