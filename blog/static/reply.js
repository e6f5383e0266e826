// Moves the form under the comment that is answered. Without it the links lead to the same form.
"use strict";
(() => {
  const respond = document.getElementById("respond");
  const form = document.getElementById("commentform");
  const title = document.getElementById("reply-title");
  if (!respond || !form || !title) return;
  const parent = document.getElementById("comment_parent");
  const answers = document.getElementById("comment_answers");
  const summary = document.getElementById("reply-errors");
  const home = document.createComment("the form's place");
  respond.before(home);

  function element(name, values, ...children) {
    const made = Object.assign(document.createElement(name), values);
    made.append(...children);
    return made;
  }

  function putBack(event) {
    event.preventDefault();
    home.after(respond);
    parent.value = answers.value = "0";
    title.replaceChildren("Leave a Reply");
    document.getElementById("comment").focus();
  }

  function cancelLink() {
    const link = element("a", { id: "cancel-comment-reply-link", href: "#respond", rel: "nofollow" }, "Cancel reply");
    link.addEventListener("click", putBack);
    return element("small", {}, link);
  }

  function answer(event) {
    const link = event.target.closest("a.comment-reply-link");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const body = link.closest("article");
    if (!body) return;
    event.preventDefault();
    const id = new URL(link.href).searchParams.get("replytocom");
    // At the deepest level the answer stands under the comment above.
    parent.value = link.dataset.parent || id;
    answers.value = link.dataset.parent ? id : "0";
    const who = body.querySelector(".fn").textContent;
    const name = element("a", { href: "#comment-" + id }, element("bdi", {}, who));
    title.replaceChildren("Leave a Reply to ", name, " ", cancelLink());
    body.after(respond);
    document.getElementById("comment").focus();
  }

  document.addEventListener("click", answer);
  const shown = document.getElementById("cancel-comment-reply-link");
  if (shown) shown.addEventListener("click", putBack);
  // What is wrong is read out, and the keyboard stands where the mending begins.
  if (summary) summary.focus();
  // Two clicks send one comment.
  form.addEventListener("submit", () => {
    const button = document.getElementById("submit");
    window.setTimeout(() => { button.disabled = true; }, 0);
  });
  window.addEventListener("pageshow", () => { document.getElementById("submit").disabled = false; });
})();
