// Small comforts; every page works without them.
"use strict";

document.documentElement.classList.add("js");

// On a narrow screen the filters begin closed, and stay as they were when an answer is replaced.
let open = matchMedia("(min-width: 46rem)").matches;

function settle() {
  const filters = document.getElementById("filters");
  if (filters) filters.open = open;
}

addEventListener("DOMContentLoaded", settle);
document.addEventListener("htmx:beforeSwap", () => {
  const filters = document.getElementById("filters");
  if (filters) open = filters.open;
});
document.addEventListener("htmx:afterSettle", settle);
