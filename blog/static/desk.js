// The queue without reloading: keys, forms sent behind the page, the next comment there at once.
// Every page works without it. What comes back is the page itself, and its parts are taken over.
"use strict";

(() => {
  const place = document.getElementById("desk-queue");
  const live = document.getElementById("desk-live");
  const keys = JSON.parse(place.dataset.keys || "null");
  const waiting = [];
  const undos = [];
  const away = new Map(); // rows that were decided on, until the answer tells what became of them
  let isSending = false;
  let current = null;

  const rows = () => [...place.querySelectorAll(".desk-list > li")];
  const say = (text) => { live.textContent = ""; live.textContent = text; };
  const words = (element) => (element ? element.textContent.replace(/\s+/g, " ").trim() : "");

  for (const hint of document.querySelectorAll(".desk-with-script")) hint.hidden = false;

  // Who stays with a comment for a moment looks at it; the others are told.
  let claiming = 0;
  const claim = (row) => {
    clearTimeout(claiming);
    claiming = setTimeout(() => {
      const token = row.querySelector('input[name="csrf_token"]');
      if (row !== current || !token) return;
      const call = new XMLHttpRequest();
      call.open("POST", `/admin/comments/${row.dataset.id}/claim`);
      call.send(new URLSearchParams({ csrf_token: token.value, quiet: "yes" }));
    }, 1500);
  };

  const choose = (row, isFocused = true) => {
    if (current) current.classList.remove("is-current");
    current = row || null;
    if (!current) return;
    current.classList.add("is-current");
    current.tabIndex = -1;
    claim(current);
    if (isFocused) current.focus();
  };

  const step = (by) => {
    const all = rows();
    const at = all.indexOf(current);
    const next = all[at < 0 ? 0 : at + by];
    if (next) return choose(next);
    const link = place.querySelector('.desk-pages a[rel="next"]');
    if (by > 0 && link) location.href = link.href;
    else say(by > 0 ? "This is the last comment." : "This is the first comment.");
  };

  // Rows leave the list at once where the action takes them out of it.
  const takeAway = (ids) => {
    const all = rows();
    const gone = all.filter((row) => ids.includes(row.dataset.id));
    const isCurrent = gone.includes(current);
    const after = all.slice(all.indexOf(current) + 1).find((row) => !gone.includes(row));
    const before = all.slice(0, Math.max(0, all.indexOf(current))).reverse()
      .find((row) => !gone.includes(row));
    for (const row of gone) {
      away.set(row.dataset.id, row);
      row.remove();
    }
    if (isCurrent) choose(after || before);
  };

  const send = (form, button, ids) => {
    const data = new URLSearchParams(new FormData(form));
    if (button && button.name) data.append(button.name, button.value);
    const leaves = ids.length && place.dataset.status !== "all" && button.name === "action";
    const item = { address: form.getAttribute("action"), data, ids: leaves ? ids : [], form };
    item.isUndo = item.address === "/admin/undo";
    if (leaves) takeAway(ids);
    waiting.push(item);
    sendNext();
  };

  const sendNext = () => {
    if (isSending || !waiting.length) return;
    isSending = true;
    const item = waiting.shift();
    const call = new XMLHttpRequest();
    call.open("POST", item.address);
    // The browser's own reader of pages; scripts in it do not run.
    call.responseType = "document";
    const done = () => { isSending = false; sendNext(); };
    call.onerror = () => {
      putBack(item);
      say("The blog did not answer. Nothing was changed; try again.");
      done();
    };
    call.onload = () => {
      const page = call.response;
      if (!page || !page.getElementById("desk-notices")) {
        putBack(item);
        if (call.responseURL.includes("/login")) location.reload();
        else say(words(page && page.querySelector("main")) || "Something went wrong.");
        return done();
      }
      takeOver(page, item);
      done();
    };
    call.send(item.data);
  };

  const putBack = (item) => {
    const list = place.querySelector(".desk-list");
    for (const id of item.ids) {
      const row = away.get(id);
      away.delete(id);
      if (row && list) list.prepend(row);
      if (row && !list) location.reload();
    }
    if (!current) choose(rows()[0]);
  };

  const takeOver = (page, item) => {
    for (const id of item.ids) away.delete(id);
    for (const id of ["desk-errors", "desk-tabs", "desk-nav", "desk-notices"]) {
      const [mine, theirs] = [document.getElementById(id), page.getElementById(id)];
      if (mine && theirs) mine.replaceWith(document.adoptNode(theirs));
    }
    const notices = document.getElementById("desk-notices");
    const errors = document.getElementById("desk-errors");
    const told = [...notices.querySelectorAll("p"), ...errors.querySelectorAll("p")].map(words);
    say(told.join(" "));
    const form = notices.querySelector(".desk-undo");
    if (form && !item.isUndo) undos.push(form);
    const theirs = page.getElementById("desk-queue");
    if (theirs && theirs.dataset.status === place.dataset.status) takeRows(theirs);
  };

  // What somebody is typing in stays, and so does whatever did not change.
  const takeRows = (theirs) => {
    const kept = new Map(rows().map((row) => [row.dataset.id, row]));
    const isKept = (row) => row.contains(document.activeElement)
      && document.activeElement.matches("textarea, input[type=text], input:not([type])");
    const list = theirs.querySelector(".desk-list");
    const at = current && current.dataset.id;
    const index = rows().indexOf(current);
    const focused = document.activeElement;
    const hadFocus = !focused || focused === document.body || place.contains(focused);
    for (const row of list ? [...list.children] : []) {
      const mine = kept.get(row.dataset.id);
      if (away.has(row.dataset.id)) row.remove();
      else if (mine && (mine.dataset.version === row.dataset.version || isKept(mine))) {
        row.replaceWith(mine);
      }
    }
    const ticked = new Set([...place.querySelectorAll('input[name="ids"]:checked')]
      .map((box) => box.value));
    place.replaceChildren(...[...theirs.childNodes].map((node) => document.adoptNode(node)));
    for (const label of place.querySelectorAll(".desk-all")) label.hidden = false;
    for (const box of place.querySelectorAll('input[name="ids"][type="checkbox"]')) {
      box.checked = ticked.has(box.value);
    }
    const all = rows();
    const same = all.find((row) => row.dataset.id === at);
    const wanted = same || all[Math.min(Math.max(index, 0), all.length - 1)];
    if (focused && place.contains(focused) && focused !== same) {
      choose(wanted, false);
      focused.focus();
    } else choose(wanted, hadFocus);
  };

  const idsOf = (form) => (form.id === "bulk"
    ? [...place.querySelectorAll('input[name="ids"]:checked')].map((box) => box.value)
    : [...form.querySelectorAll('input[name="ids"]')].map((field) => field.value));

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const isOurs = place.contains(form) || form.closest("#desk-notices");
    if (!isOurs || form.method !== "post" || form.elements.scope) return;
    if (form.id === "bulk" && !idsOf(form).length) return;
    event.preventDefault();
    const button = event.submitter || form.querySelector("button");
    const row = form.closest(".desk-list > li");
    if (form.matches(".desk-undo")) forget(form);
    else if (row && row !== current) choose(row, false);
    send(form, button, idsOf(form));
  });

  const forget = (form) => {
    const at = undos.findIndex((kept) => kept.elements.first.value === form.elements.first.value);
    if (at >= 0) undos.splice(at, 1);
  };

  const press = (scope, action) => {
    const button = scope && scope.querySelector(`button[name="action"][value="${action}"]`);
    if (button) button.form.requestSubmit(button);
    else say("That is not possible here.");
  };

  const bulk = (action) => {
    const form = document.getElementById("bulk");
    if (!form || !idsOf(form).length) return say("Tick at least one comment first.");
    return press(form, action);
  };

  const undo = () => {
    const row = current;
    if (row && row.querySelector('button[value="restore"]')) return press(row, "restore");
    const form = undos.pop();
    if (form) return send(form, form.querySelector("button"), []);
    return say("There is nothing to undo on this page; the log can take back older actions.");
  };

  const open = (selector) => {
    const details = current && current.querySelector(selector);
    if (!details) return say("That is not possible here.");
    details.open = true;
    return details.querySelector("textarea").focus();
  };

  const does = {
    next: () => step(1),
    previous: () => step(-1),
    tick: () => {
      const box = current && current.querySelector('input[name="ids"][type="checkbox"]');
      if (!box) return;
      box.checked = !box.checked;
      say(box.checked ? "Ticked." : "Not ticked any more.");
    },
    approve: () => press(current, "approve"),
    unapprove: () => press(current, "unapprove"),
    spam: () => press(current, "spam"),
    trash: () => press(current, "trash"),
    undo,
    reply: () => open(".desk-reply"),
    quick: () => open(".desk-quick"),
    edit: () => { if (current) location.href = `/admin/comments/${current.dataset.id}#edit`; },
  };
  const doesWithShift = {
    tick: () => {
      const boxes = [...place.querySelectorAll('input[name="ids"][type="checkbox"]')];
      const isOn = boxes.some((box) => !box.checked);
      for (const box of boxes) box.checked = isOn;
      say(isOn ? "All on this page are ticked." : "None is ticked.");
    },
    approve: () => bulk("approve"),
    unapprove: () => bulk("unapprove"),
    spam: () => bulk("spam"),
    trash: () => bulk("trash"),
    undo: () => bulk("restore"),
  };

  const isTyping = (element) => element.matches("input:not([type=checkbox]), textarea, select")
    || element.isContentEditable;

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && current && isTyping(event.target)) return current.focus();
    if (!keys || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const help = document.getElementById("desk-help");
    if (isTyping(event.target) || (help && help.open)) return;
    if (event.key === "?") {
      event.preventDefault();
      return help.showModal();
    }
    const key = event.key.toLowerCase();
    const name = Object.keys(keys).find((one) => keys[one] === key);
    const act = name && (event.shiftKey ? doesWithShift : does)[name];
    if (!act) return;
    event.preventDefault();
    act();
  });

  place.addEventListener("focusin", (event) => {
    const row = event.target.closest(".desk-list > li");
    if (row && row !== current) choose(row, false);
  });
})();
