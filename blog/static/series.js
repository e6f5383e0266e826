// Parts of a series are ordered by drag as well; the buttons do the same without it.
"use strict";

const list = document.querySelector(".desk-parts[data-order]");
if (list && list.children.length > 1) {
  const form = list.closest("form");
  let dragged = null;
  const order = () => Array.from(list.children, (part) => part.dataset.post).join();
  const before = order();
  for (const part of list.children) part.draggable = true;

  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("li");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.post);
    dragged.classList.add("is-dragged");
  });

  list.addEventListener("dragover", (event) => {
    const over = event.target.closest("li");
    if (!dragged) return;
    event.preventDefault();
    if (!over || over === dragged) return;
    const { top, height } = over.getBoundingClientRect();
    list.insertBefore(dragged, event.clientY < top + height / 2 ? over : over.nextSibling);
  });

  list.addEventListener("drop", (event) => {
    if (!dragged) return;
    event.preventDefault();
    if (order() === before) return;
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "order";
    field.value = order();
    form.append(field);
    form.submit();
  });

  list.addEventListener("dragend", () => {
    dragged.classList.remove("is-dragged");
    dragged = null;
  });
}
