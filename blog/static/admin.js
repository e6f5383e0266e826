// Small comforts of the desk; every page works without them.
"use strict";

const boxes = () => document.querySelectorAll('input[type="checkbox"][name="ids"]');

for (const all of document.querySelectorAll("[data-tick-all]")) {
  all.closest("label").hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes()) box.checked = all.checked;
  });
}
