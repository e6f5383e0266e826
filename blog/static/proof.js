// Solves the riddle of the form when it is first used. Without it a comment waits for a moderator.
"use strict";
(() => {
  const form = document.getElementById("commentform");
  const field = document.getElementById("proof");
  const status = document.getElementById("proof-status");
  if (!form || !field || !status) return;
  const AT_ONCE = 16;
  const LONGEST_WAIT = 30000;
  const EARLY = 60000;
  let goodUntil = 0;
  let underWay = null;
  let isSending = false;

  function bytes(text) {
    return Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
  }

  function hex(buffer) {
    return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  async function derive(riddle, counter) {
    const nonce = bytes(riddle.nonce);
    const password = new Uint8Array(nonce.length + 4);
    password.set(nonce);
    new DataView(password.buffer).setUint32(nonce.length, counter);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const how = { name: "PBKDF2", hash: "SHA-256", salt: bytes(riddle.salt), iterations: riddle.cost };
    return hex(await crypto.subtle.deriveBits(how, key, riddle.keyLength * 8));
  }

  // The browser works beside the page, so that typing goes on.
  async function solve(riddle, most) {
    for (let first = 0; first < most; first += AT_ONCE) {
      const tries = Array.from({ length: AT_ONCE }, (_, number) => derive(riddle, first + number));
      const keys = await Promise.all(tries);
      const found = keys.findIndex((key) => key.startsWith(riddle.keyPrefix));
      if (found >= 0) return { counter: first + found, derivedKey: keys[found] };
    }
    throw new Error("no number fits");
  }

  async function work() {
    const asked = Date.now();
    const answer = await fetch("/comments/challenge", { credentials: "omit", cache: "no-store" });
    if (answer.status === 204) {
      goodUntil = asked + 2 * EARLY;
      status.textContent = "";
      return;
    }
    if (!answer.ok) throw new Error("no riddle");
    status.textContent = "Your browser is working against spam. You can go on typing.";
    const { challenge, most, seconds } = await answer.json();
    const solution = await solve(challenge.parameters, most);
    field.value = btoa(JSON.stringify({ challenge, solution }));
    goodUntil = asked + seconds * 1000;
    status.textContent = "Your browser has done its work against spam.";
  }

  function prove() {
    underWay = underWay || work().catch(() => {
      status.textContent = "Your browser could not work against spam, so your comment will wait for a moderator.";
    }).finally(() => { underWay = null; });
    return underWay;
  }

  form.addEventListener("focusin", prove, { once: true });
  form.addEventListener("submit", (event) => {
    if (isSending || Date.now() < goodUntil - EARLY) return;
    event.preventDefault();
    // Whatever becomes of the work, the comment is sent.
    const enough = new Promise((done) => window.setTimeout(done, LONGEST_WAIT));
    Promise.race([prove(), enough]).then(() => {
      isSending = true;
      form.requestSubmit();
    });
  });
  // Whoever comes back to the page has used the proof.
  window.addEventListener("pageshow", (event) => {
    isSending = false;
    if (!event.persisted) return;
    field.value = "";
    goodUntil = 0;
  });
})();
