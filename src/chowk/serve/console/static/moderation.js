// Letters for the moderators' pages; every act is a form that works without them.
"use strict";

const by = id => document.getElementById(id);
let chosen = "";
let going = 0;

function choose(outcome) {
  const reason = by("reason");
  const norm = document.querySelector("input[name=norm]:checked");
  chosen = outcome;
  if (!norm) {
    by("chosen").textContent = "Choose a norm first: 1 to 9.";
    return;
  }
  if (!reason.value.trim()) {
    by("chosen").textContent = `To ${outcome}: say why, then press Enter.`;
    reason.focus();
    return;
  }
  by(outcome).click();
}

addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const typing = event.target.matches("input:not([type=radio]), textarea, select");
  if (typing) {
    if (event.key === "Enter" && event.target.id === "reason") {
      event.preventDefault();
      if (chosen) choose(chosen);
      else by("chosen").textContent = "Press Escape, then a to approve or d to deny.";
    } else if (event.key === "Escape") {
      event.target.blur();
    }
    return;
  }
  // g and a letter, within two seconds, lead to a page.
  if (Date.now() - going < 2000) {
    going = 0;
    const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    if (link) {
      event.preventDefault();
      link.click();
    }
    return;
  }
  if (event.key === "g") {
    going = Date.now();
    return;
  }
  const covered = by("covered");
  const act = {
    a: () => by("approve") && choose("approve"),
    d: () => by("deny") && choose("deny"),
    s: () => by("back") && by("back").click(),
    n: () => by("next") && by("next").click(),
    m: () => by("note") && by("note").focus(),
    o: () => by("to") && by("to").focus(),
    b: () => covered && (covered.open = !covered.open),
  }[event.key];
  if (act) {
    event.preventDefault();
    act();
  } else if (/^[1-9]$/.test(event.key)) {
    const norm = document.querySelectorAll("input[name=norm]")[event.key - 1];
    if (norm) {
      norm.checked = true;
      event.preventDefault();
    }
  }
});
