/* Looks for the counter whose key begins as the problem says (ALTCHA, version 2, PBKDF2). */
"use strict";

const bytes = (hex) => Uint8Array.from(hex.match(/../g) || [], (pair) => parseInt(pair, 16));
const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function derived(problem, nonce, salt, counter) {
  const password = new Uint8Array(nonce.length + 4);
  password.set(nonce);
  new DataView(password.buffer).setUint32(nonce.length, counter);
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const rule = { name: "PBKDF2", hash: "SHA-256", salt, iterations: problem.cost };
  return hex(await crypto.subtle.deriveBits(rule, key, problem.keyLength * 8));
}

async function solve(problem) {
  const nonce = bytes(problem.nonce);
  const salt = bytes(problem.salt);
  for (let counter = 0; ; counter += 1) {
    const derivedKey = await derived(problem, nonce, salt, counter);
    if (derivedKey.startsWith(problem.keyPrefix)) {
      return { counter, derivedKey };
    }
  }
}

self.addEventListener("message", (event) => {
  solve(event.data).then(
    (solution) => self.postMessage(solution),
    // A refused promise would end unheard: the page hears of errors that are thrown.
    (error) => setTimeout(() => { throw error; }),
  );
});
