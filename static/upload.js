// The upload page: photographs are dropped, pasted or chosen, and sent one by one through the API,
// so that a bad file spoils no other and hundreds of them fit. Without it the form sends all at once.

import { connectBodyMap } from "./body-map.js";

const AT_ONCE = 3;
const NEEDS_DELETION = "too_many_stored"; // the one limit that no waiting lifts

const form = document.getElementById("upload");
const list = document.getElementById("files");
const summary = document.getElementById("summary");
const button = form.querySelector(".actions button");
const words = document.getElementById("words").dataset;
const dropzone = document.getElementById("dropzone");
const NOTHING = "data:image/gif;base64,R0lGODlhAQABAAAAACw="; // clear, where a file cannot be shown
const entries = [];
let limit = null; // which of the user's limits is reached, as the API's answer
let goOn = 0; // the timer that sends the rest when there is room again
const inKilobytes = new Intl.NumberFormat(document.documentElement.lang, {
  style: "unit",
  unit: "kilobyte",
  maximumFractionDigits: 0,
});

for (const element of document.querySelectorAll("[data-needs-script]")) element.hidden = false;
connectBodyMap(document.getElementById("body-map"), form.elements.body_site);

function add(files) {
  for (const file of files) {
    const row = document.getElementById("file-row").content.cloneNode(true).firstElementChild;
    const entry = { file, row, state: "waiting" };
    row.querySelector(".name").textContent = file.name;
    row.querySelector("progress").setAttribute("aria-label", `${words.progress} ${file.name}`);
    show(entry, "waiting", size(entry));
    preview(row.querySelector("img"), file);
    row.querySelector("button").addEventListener("click", () => removeOrRepeat(entry));
    list.append(row);
    entries.push(entry);
  }
  summarise();
}

function size(entry) {
  return inKilobytes.format(Math.ceil(entry.file.size / 1000));
}

function preview(image, file) {
  image.src = URL.createObjectURL(file); // lazy: only rows in view are decoded
  image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  image.addEventListener("error", () => (image.src = NOTHING), { once: true }); // HEIC, or none at all
}

function removeOrRepeat(entry) {
  if (entry.state === "lost") {
    entry.row.querySelector("button").textContent = entry.row.dataset.remove;
    show(entry, "waiting", size(entry));
    sendAll();
    return;
  }
  entries.splice(entries.indexOf(entry), 1);
  entry.row.remove();
  summarise();
}

function show(entry, state, text) {
  entry.state = state;
  const line = entry.row.querySelector(".state");
  line.textContent = text;
  line.classList.toggle("failed", state === "refused" || state === "lost");
  entry.row.querySelector("progress").hidden = state !== "sending";
  entry.row.querySelector("button").hidden = state === "sending" || state === "sent";
}

function count(...states) {
  return entries.filter((entry) => states.includes(entry.state)).length;
}

function summarise() {
  const sent = count("sent");
  const refused = count("refused", "lost");
  const left = count("waiting", "sending");
  const parts = [];
  if (count("sending")) parts.push(`${words.left} ${left}`);
  else if (left) parts.push(`${words.chosen} ${left}`);
  if (sent) parts.push(`${sent} ${words.accepted}`);
  if (refused) parts.push(`${words.refused} ${refused}`);
  summary.textContent = parts.join(" · ");
  button.disabled = count("sending") > 0 || (entries.length > 0 && !count("waiting"));
  document.getElementById("to-history").hidden = !sent;
}

function send(entry) {
  return new Promise((done) => {
    const data = new FormData();
    data.append("image", entry.file, entry.file.name);
    for (const name of ["note", "body_site", "taken_on"]) {
      if (form.elements[name].value) data.append(name, form.elements[name].value);
    }
    const request = new XMLHttpRequest(); // fetch has no progress of what is sent
    request.open("POST", form.dataset.address);
    request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) entry.row.querySelector("progress").value = event.loaded / event.total;
    });
    request.addEventListener("loadend", () => {
      finish(entry, request);
      done();
    });
    show(entry, "sending", words.sending);
    request.send(data);
  });
}

function finish(entry, request) {
  if (request.status === 429 && request.response?.error) {
    const seconds = Number(request.getResponseHeader("Retry-After")) || 10;
    limit = { ...request.response.error, seconds };
    show(entry, "waiting", size(entry)); // not its fault: it is sent when there is room
  } else if (request.status === 202) {
    entry.id = request.response.id;
    const link = entry.row.querySelector("a");
    link.href = `/predictions/${entry.id}/`;
    link.setAttribute("aria-label", `${link.textContent}: ${entry.file.name}`);
    link.hidden = false;
    show(entry, "sent", words.sent);
  } else if (request.response?.error && request.status < 500) {
    show(entry, "refused", request.response.error.message);
  } else {
    const again = entry.row.querySelector("button");
    entry.row.dataset.remove ??= again.textContent;
    again.textContent = words.again;
    show(entry, "lost", words.lost);
  }
  summarise();
}

// A limit stops the sending, not the page: it says which one, and goes on where waiting helps.
function pause() {
  const byItself = limit.code !== NEEDS_DELETION;
  const line = document.getElementById("limit");
  line.textContent = `${limit.message} ${byItself ? words.byItself : words.byHand}`;
  line.hidden = false;
  clearTimeout(goOn);
  if (byItself) goOn = setTimeout(sendAll, limit.seconds * 1000);
}

async function sendAll() {
  clearTimeout(goOn);
  goOn = 0;
  limit = null;
  const queue = entries.filter((entry) => entry.state === "waiting");
  if (!queue.length && !count("sent")) summary.textContent = words.none;
  const workers = Array.from({ length: AT_ONCE }, async () => {
    while (queue.length && !limit) {
      const entry = queue.shift();
      if (entry.state === "waiting") await send(entry);
    }
  });
  await Promise.all(workers);
  if (limit) return pause();
  document.getElementById("limit").hidden = true;
  if (queue.length || count("waiting", "sending", "refused", "lost") || !entries.length) return;
  window.location = entries.length === 1 ? `/predictions/${entries[0].id}/` : form.dataset.history;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  sendAll();
});
for (const input of form.querySelectorAll("input[type=file]")) {
  const take = () => {
    add([...input.files]);
    input.value = "";
  };
  input.required = false;
  input.addEventListener("change", take);
  take(); // what was chosen before this script was there
}
for (const type of ["dragenter", "dragover"]) {
  document.addEventListener(type, (event) => {
    event.preventDefault();
    dropzone.classList.add("over");
  });
}
for (const type of ["dragleave", "drop"]) {
  document.addEventListener(type, (event) => {
    event.preventDefault();
    dropzone.classList.remove("over");
    if (type === "drop") add([...event.dataTransfer.files]);
  });
}
document.addEventListener("paste", (event) => {
  if (event.clipboardData.files.length) add([...event.clipboardData.files]);
});
window.addEventListener("beforeunload", (event) => {
  if (count("sending") || goOn) event.preventDefault();
});
