"use strict";

// The token stands behind the #, so no server has seen it; it leaves the address bar at once.
const token = new URLSearchParams(location.hash.slice(1)).get("token") || "";
history.replaceState(null, "", location.pathname);

const form = document.querySelector("form");
const told = document.querySelector("[role=status]");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const reply = await fetch(form.dataset.action, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token, ...Object.fromEntries(new FormData(form)) }),
    });
    if (reply.ok) {
      form.hidden = true;
      told.textContent = told.dataset.done;
      return;
    }
    const problem = await reply.json();
    told.textContent = problem.errors?.[0]?.detail || problem.detail;
  } catch {
    told.textContent = "The server cannot be reached. Try again in a moment.";
  }
  button.disabled = false;
});
