"use strict";
const $ = (id) => document.getElementById(id);
const METHODS = ["get", "post", "put", "patch", "delete"];
// Those that a client goes by.
const HEADERS = ["ETag", "Link", "Location", "Idempotency-Replayed", "Retry-After", "RateLimit", "X-Request-Id"];
let spec;

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== undefined && child !== null));
  return node;
}

function resolve(schema) {
  return schema && schema.$ref ? spec.components.schemas[schema.$ref.split("/").pop()] : schema;
}

function nameOf(schema) {
  if (!schema) return "anything";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) return schema.anyOf.map(nameOf).join(" or ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.type === "array") return nameOf(schema.items) + "[]";
  return Array.isArray(schema.type) ? schema.type.join(" or ") : schema.type || "anything";
}

function limitsOf(schema) {
  const said = [];
  const names = { minLength: "at least %s characters", maxLength: "at most %s characters", minimum: "from %s",
    maximum: "to %s", minItems: "at least %s items", maxItems: "at most %s items", pattern: "matches %s" };
  for (const [key, text] of Object.entries(names)) if (key in schema) said.push(text.replace("%s", schema[key]));
  if ("default" in schema && schema.default !== null) said.push("default " + JSON.stringify(schema.default));
  return said.join(", ");
}

function sample(schema, depth = 0) {
  schema = resolve(schema) || {};
  if (schema.examples && schema.examples.length) return schema.examples[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.anyOf) return sample(schema.anyOf[0], depth);
  if (schema.enum) return schema.enum[0];
  if (schema.type === "object") {
    const out = {};
    if (depth < 4) for (const name of Object.keys(schema.properties || {})) out[name] = sample(schema.properties[name], depth + 1);
    return out;
  }
  if (schema.type === "array") return depth < 3 && schema.items ? [sample(schema.items, depth + 1)] : [];
  return { string: "", integer: 0, number: 0, boolean: false }[schema.type] ?? null;
}

function bodySample(schema) {
  const whole = resolve(schema) || {};
  const out = {};
  for (const name of whole.required || []) out[name] = sample(whole.properties[name]);
  return out;
}

function fieldTable(schema) {
  const whole = resolve(schema);
  if (!whole || !whole.properties) return el("p", { class: "dim" }, nameOf(schema));
  const required = new Set(whole.required || []);
  return el("table", {}, ...Object.entries(whole.properties).map(([name, field]) =>
    el("tr", {}, el("td", {}, el("code", {}, name), required.has(name) ? " *" : ""),
      el("td", {}, nameOf(field), el("div", { class: "dim" }, [field.description, limitsOf(resolve(field))].filter(Boolean).join(" · "))))));
}

function parameterTable(parameters, inputs) {
  return el("table", {}, ...parameters.map((parameter) => {
    const input = el("input", { placeholder: parameter.in, "aria-label": parameter.name });
    inputs.push([parameter, input]);
    return el("tr", {}, el("td", {}, el("code", {}, parameter.name), parameter.required ? " *" : ""), el("td", {}, input,
      el("div", { class: "dim" }, [parameter.description, limitsOf(parameter.schema)].filter(Boolean).join(" · "))));
  }));
}

function signIn(tokens) {
  $("token").value = tokens.access_token;
  $("who").textContent = `Signed in as @${tokens.account.handle}, for ${Math.round(tokens.expires_in / 60)} minutes.`;
}

async function send(method, path, inputs, text, output) {
  let url = path;
  const query = new URLSearchParams();
  const headers = {};
  const missing = inputs.filter(([parameter, input]) => parameter.in === "path" && !input.value).map(([parameter]) => parameter.name);
  if (missing.length) { output.textContent = `Fill in ${missing.join(" and ")} first.`; return; }
  for (const [parameter, input] of inputs) {
    if (!input.value) continue;
    if (parameter.in === "path") url = url.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    else if (parameter.in === "query") query.set(parameter.name, input.value);
    else headers[parameter.name] = input.value;
  }
  if ([...query].length) url += "?" + query;
  if ($("token").value.trim()) headers.Authorization = "Bearer " + $("token").value.trim();
  if (text !== undefined) headers["Content-Type"] = "application/json";
  output.textContent = "…";
  try {
    const started = performance.now();
    const reply = await fetch(url, { method: method.toUpperCase(), headers, body: text });
    const raw = await reply.text();
    let shown = raw;
    try {
      const answer = JSON.parse(raw);
      shown = JSON.stringify(answer, null, 2);
      if (answer?.access_token) signIn(answer);
    } catch { /* not JSON: shown as it is */ }
    const told = HEADERS.filter((name) => reply.headers.has(name)).map((name) => `${name}: ${reply.headers.get(name)}\n`);
    output.textContent = `${reply.status} ${reply.statusText}  (${Math.round(performance.now() - started)} ms)\n${told.join("")}\n${shown}`;
  } catch (error) { output.textContent = String(error); }
}

function operationNode(path, method, operation) {
  const inputs = [];
  const output = el("pre", { hidden: "", "aria-live": "polite" });
  const schema = operation.requestBody?.content["application/json"].schema;
  const body = schema ? el("textarea", { "aria-label": "Body", spellcheck: "false" }) : undefined;
  if (body) body.value = JSON.stringify(bodySample(schema), null, 2);
  const success = Object.entries(operation.responses).filter(([status]) => status < "300");
  const failures = Object.entries(operation.responses).filter(([status]) => status >= "400");
  const needs = operation.security.length ? (Object.keys(operation.security[0]).length ? "needs a token" : "token optional") : "no token";
  return el("details", { class: "operation", id: operation.operationId },
    el("summary", {}, el("span", { class: `method ${method}` }, method), el("span", { class: "path" }, path),
      el("span", { class: "dim" }, operation.summary)),
    el("div", {},
      el("p", {}, operation.description ? operation.description + " " : "", el("span", { class: "dim" }, `(${needs})`)),
      operation.parameters.length ? el("h4", {}, "Parameters") : undefined,
      operation.parameters.length ? parameterTable(operation.parameters, inputs) : undefined,
      schema ? el("h4", {}, `Body: ${nameOf(schema)}`) : undefined, schema ? fieldTable(schema) : undefined, body,
      el("button", { onclick: () => { output.hidden = false; send(method, path, inputs, body?.value, output); } }, "Send"), output,
      ...success.flatMap(([status, reply]) => {
        const type = Object.keys(reply.content || {})[0];
        return [el("h4", {}, `${status}${type ? " " + type : ""}`),
          type === "application/json" ? el("pre", {}, JSON.stringify(sample(reply.content[type].schema), null, 2)) : el("p", {}, reply.description)];
      }),
      el("h4", {}, "Errors"),
      el("table", {}, ...failures.map(([status, reply]) => el("tr", {}, el("td", {}, status), el("td", {}, reply.description.replaceAll("`", "")))))));
}

function show() {
  document.title = `${spec.info.title} API`;
  $("version").textContent = spec.info.version;
  $("intro").replaceChildren(el("p", {}, spec.info.description.replaceAll("`", "")),
    el("p", { class: "dim" }, "The document behind this page: ", el("a", { href: "/openapi.json" }, "/openapi.json")));
  const groups = spec.tags.map((tag) => [tag.name, []]);
  for (const [path, methods] of Object.entries(spec.paths)) for (const method of METHODS) if (methods[method]) {
    const operation = methods[method];
    groups.find(([name]) => name === operation.tags[0])[1].push([path, method, operation]);
  }
  $("operations").replaceChildren(...groups.flatMap(([name, members]) => [el("h2", {}, name), ...members.map((member) => operationNode(...member))]));
  $("nav").replaceChildren(...groups.map(([name, members]) => el("div", {}, el("h3", {}, name), ...members.map(([path, method, operation]) =>
    el("a", { href: "#" + operation.operationId, "data-text": `${path} ${operation.summary} ${operation.operationId}`.toLowerCase() },
      el("span", { class: `method ${method}` }, method), operation.summary)))));
  openTarget();
}

function openTarget() {
  const target = location.hash && $(location.hash.slice(1));
  if (target && target.tagName === "DETAILS") { target.open = true; target.scrollIntoView(); }
}

$("search").addEventListener("input", (event) => {
  const wanted = event.target.value.toLowerCase();
  for (const group of $("nav").children) {
    const links = [...group.querySelectorAll("a")];
    for (const link of links) link.hidden = !link.dataset.text.includes(wanted);
    group.hidden = links.every((link) => link.hidden);
  }
});
$("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const reply = await fetch("/v1/auth/login", { method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ login: form.get("login"), password: form.get("password") }) });
  const body = await reply.json();
  if (reply.ok) signIn(body);
  else $("who").textContent = body.detail;
});
addEventListener("hashchange", openTarget);
fetch("/openapi.json").then((reply) => reply.json()).then((document) => { spec = document; show(); })
  .catch((error) => { $("operations").textContent = `The document cannot be read: ${error}`; });
