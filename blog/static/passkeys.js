// Passkeys: asks the server what to sign, the browser to sign it, and sends the answer as a form.
"use strict";

const known = window.PublicKeyCredential && PublicKeyCredential.parseCreationOptionsFromJSON;

// Sends the form as a browser would, so that the server's next page is simply shown.
const ask = async (form, told) => {
  const makes = form.dataset.passkey === "make";
  const answer = await fetch(form.dataset.options, { method: "POST", body: new FormData(form) });
  if (!answer.ok) {
    told.textContent = answer.status === 422 ? "This is not your password." : "That did not work. Try again later.";
    return;
  }
  const options = await answer.json();
  const credential = makes
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  form.elements.credential.value = JSON.stringify(credential.toJSON());
  form.submit();
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!known) continue;
  const told = form.querySelector("[role=status]");
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    told.textContent = "";
    ask(form, told).catch(() => {
      told.textContent = "The passkey was not used; nothing was changed.";
    });
  });
}
