// The address form: judges while one types, and tells the page around it what was chosen.
"use strict";
(() => {
  const key = decodeURIComponent(location.hash.slice(1));
  const at = (id) => document.getElementById(id);
  const form = at("address-form"), box = at("address");
  let timer = 0, asked = 0, last = null;

  async function send(path) {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify({ text: box.value }),
    });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.detail || "The address could not be checked.");
    return body;
  }

  function show(found) {
    last = found;
    form.className = found.level;
    at("bar").className = `w${Math.max(1, Math.round(found.score * 10))}`;
    const reason = found.level === "good" ? null : found.reasons[0];
    // A fix is written for the store ("Ask for the street."); here it speaks to the customer.
    const please = reason && reason.fix.replace(/^Ask (for|whether|which|what|to)?/, (_, word) =>
      "Please " + ({ for: "give", to: "" }[word] ?? `check ${word || ""}`)).replace("  ", " ");
    at("advice").textContent = reason ? `${reason.message} ${please}` : "This can be found.";
    at("insist").hidden = found.level === "good";
    at("parts").replaceChildren(...found.parts.map((part) => {
      const item = document.createElement("li"), name = document.createElement("b");
      name.textContent = part.label.toLowerCase().replaceAll("_", " ") + " ";
      item.append(name, (part.relation ? part.relation + " " : "") + part.value);
      return item;
    }));
  }

  async function check() {
    const mine = ++asked;
    if (!box.value.trim()) {
      form.className = "";
      at("bar").className = at("advice").textContent = "";
      at("parts").replaceChildren();
      at("insist").hidden = true;
      return;
    }
    try {
      const found = await send("/v1/addresses/check");
      if (mine === asked) show(found);
    } catch (error) {
      if (mine === asked) at("advice").textContent = error.message;
    }
  }

  function tell(insisted) {
    at("done").textContent = insisted ? "Thank you. Our staff will look at it." : "Thank you.";
    if (parent !== window && document.referrer) {
      parent.postMessage(
        { type: "chowk-address", text: box.value, score: last && last.score, insisted },
        new URL(document.referrer).origin,
      );
    }
  }

  box.addEventListener("input", () => {
    clearTimeout(timer);
    at("done").textContent = "";
    timer = setTimeout(check, 120);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(timer);
    await check();
    if (last && last.level === "good") tell(false);
  });
  at("insist").addEventListener("click", async () => {
    try {
      await send("/v1/addresses/insist");
      tell(true);
    } catch (error) {
      at("done").textContent = error.message;
    }
  });
})();
