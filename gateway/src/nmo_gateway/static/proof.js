/* «Я не робот»: the browser works off a problem while the form is filled in. The form is sent once that is done. */
(function () {
  const box = document.querySelector("[data-proof]");
  const form = document.querySelector("[data-proof-form]");
  if (!box || !form) return;
  let failed = false;
  const fail = () => {
    failed = true;
    box.hidden = true;
    document.querySelector("[data-proof-failed]").hidden = false;
  };
  if (!window.Worker || !window.isSecureContext) {
    fail();
    return;
  }
  const field = box.querySelector("input[name=proof]");
  const status = box.querySelector("[data-proof-status]");
  const worker = new Worker(box.dataset.worker);
  const KEPT_MS = 4 * 60 * 1000;
  let challenge = null;
  let wanted = false;
  box.hidden = false;

  const say = (words) => {
    status.textContent = words;
  };
  async function begin() {
    field.value = "";
    try {
      const answer = await fetch("/api/v1/registrations/challenge", { headers: { Accept: "application/json" }, cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      challenge = await answer.json();
      worker.postMessage(challenge.parameters);
    } catch {
      say("Проверка не запустилась. Попробуем ещё раз через несколько секунд.");
      setTimeout(begin, 5000);
    }
  }
  worker.addEventListener("message", (event) => {
    field.value = btoa(JSON.stringify({ challenge, solution: event.data }));
    say("Проверка пройдена: вы не робот.");
    setTimeout(begin, KEPT_MS);
    if (wanted) form.requestSubmit();
  });
  worker.addEventListener("error", fail);
  worker.addEventListener("messageerror", fail);
  form.addEventListener("submit", (event) => {
    if (field.value || failed) return;
    event.preventDefault();
    wanted = true;
    say("Ещё немного: заканчиваем проверку и отправим форму сами.");
  });
  begin();
})();
