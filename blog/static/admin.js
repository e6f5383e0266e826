// Small comforts of the desk; every page works without them.
"use strict";

for (const label of document.querySelectorAll(".desk-all")) label.hidden = false;

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-tick-all]")) return;
  const boxes = document.querySelectorAll('input[type="checkbox"][name="ids"]');
  for (const box of boxes) box.checked = event.target.checked;
});
