"use strict";
const $ = (id) => document.getElementById(id);
const MOST_SHOWN = 200;
let socket, last = "", spec;

function note(text) {
  const time = new Date().toISOString().slice(11, 23);
  $("frames").prepend(`${time}  ${text}\n`);
  while ($("frames").childNodes.length > MOST_SHOWN) $("frames").lastChild.remove();
}

function state(text) {
  const isOpen = socket !== undefined && socket.readyState === WebSocket.OPEN;
  $("connect").disabled = socket !== undefined;
  $("disconnect").disabled = socket === undefined;
  $("send").disabled = !isOpen;
  $("state").textContent = text;
}

async function post(path, body, token) {
  const headers = { "Content-Type": "application/json", ...(token ? { Authorization: "Bearer " + token } : {}) };
  const reply = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  const answer = await reply.json();
  if (!reply.ok) throw new Error(`${reply.status} ${answer.code}: ${answer.detail}`);
  return answer;
}

async function connect() {
  $("connect").disabled = true;
  try {
    const reply = await fetch("/v1/stream/tickets", { method: "POST", headers: { Authorization: "Bearer " + $("token").value.trim() } });
    const answer = await reply.json();
    if (!reply.ok) throw new Error(`${reply.status} ${answer.code}: ${answer.detail}`);
    const query = new URLSearchParams({ ticket: answer.ticket });
    if ($("resume").checked && last) query.set("resume_from", last);
    open(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1/stream?${query}`);
  } catch (error) {
    $("connect").disabled = false;
    $("state").textContent = String(error);
  }
}

function open(url) {
  socket = new WebSocket(url, ["hubbub.v1"]);
  state("Connecting…");
  socket.addEventListener("open", () => state("Connected."));
  socket.addEventListener("message", (event) => {
    const frame = JSON.parse(event.data);
    if (frame.id) last = frame.id;
    note("← " + event.data);
  });
  socket.addEventListener("close", (event) => {
    const known = spec?.["x-close-codes"][event.code];
    socket = undefined;
    note(`× ${event.code} ${event.reason}`);
    state(`Closed with ${event.code}${known ? ": " + known.description : "."}`);
  });
}

function send() {
  const text = $("frame").value;
  try { JSON.parse(text); } catch (error) { $("state").textContent = String(error); return; }
  socket.send(text);
  note("→ " + text);
}

function sampleOf(schema) {
  schema = schema.$ref ? spec.components.schemas[schema.$ref.split("/").pop()] : schema;
  const whole = {};
  for (const [name, field] of Object.entries(schema.properties)) {
    if (field.enum) whole[name] = field.enum[0];
    else if (name === "token") whole[name] = $("token").value.trim();
    else if (field.type === "array") whole[name] = [field.items.examples[0]];
    else whole[name] = (field.examples || [""])[0];
  }
  return JSON.stringify(whole);
}

function line(title, text, onclick) {
  const node = document.createElement("a");
  node.textContent = title;
  node.title = text || "";
  if (onclick) { node.href = "#frame"; node.addEventListener("click", onclick); }
  return node;
}

function show(document_) {
  spec = document_;
  const named = (operation) => spec.operations[operation].messages.map((each) => spec.components.messages[each.$ref.split("/").pop()]);
  $("intro").textContent = spec.info.description.replaceAll("`", "");
  $("received").replaceChildren(...named("receive").map((each) => line(each.name, each.summary)));
  $("sendable").replaceChildren(...named("say").map((each) =>
    line(each.name, each.summary, () => { $("frame").value = sampleOf(each.payload); })));
  $("codes").replaceChildren(...Object.entries(spec["x-close-codes"]).map(([code, each]) => line(`${code} ${each.name}`, each.description)));
}

$("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  try {
    const answer = await post("/v1/auth/login", { login: form.get("login"), password: form.get("password") });
    $("token").value = answer.access_token;
    $("state").textContent = "Signed in.";
  } catch (error) { $("state").textContent = String(error); }
});
$("connect").addEventListener("click", connect);
$("disconnect").addEventListener("click", () => socket.close(1000));
$("send").addEventListener("click", send);
fetch("/asyncapi.json").then((reply) => reply.json()).then(show)
  .catch((error) => { $("intro").textContent = `The document cannot be read: ${error}`; });
