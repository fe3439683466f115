/* Behaviour of the pages. Everything here only improves what works without scripts. */
import { initAll } from "./vendor/govuk.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");

/* Radios that reveal fields: the package marks the radio as expanded, which ARIA does not allow for that role. */
for (const group of document.querySelectorAll('[data-module="govuk-radios"]')) {
  const revealing = [...group.querySelectorAll("input[data-aria-controls]")];
  if (!revealing.length) continue;
  group.removeAttribute("data-module");
  const show = () => {
    for (const input of revealing) {
      const part = document.getElementById(input.dataset.ariaControls);
      part.classList.toggle("govuk-radios__conditional--hidden", !input.checked);
    }
  };
  group.addEventListener("change", show);
  window.addEventListener("pageshow", show);
  show();
}

initAll();

const WORDS = {
  tNoResults: () => "Ничего не найдено",
  tStatusQueryTooShort: (length) => `Введите не меньше ${length} знаков`,
  tStatusNoResults: () => "По этому запросу ничего нет",
  tStatusSelectedOption: (option, length, index) => `${option}, ${index + 1} из ${length}, выбрано`,
  tStatusResults: (length, option) => `Найдено: ${length}. ${option}`,
  tAssistiveHint: () =>
    "Когда появятся варианты, выбирайте стрелками вверх и вниз и нажмите «Ввод». На сенсорном экране коснитесь варианта.",
};

if (window.accessibleAutocomplete) {
  for (const select of document.querySelectorAll("select[data-search]")) {
    const chosen = select.options[select.selectedIndex];
    window.accessibleAutocomplete.enhanceSelectElement({
      selectElement: select,
      defaultValue: chosen && chosen.value ? chosen.text : "",
      minLength: 1,
      showAllValues: true,
      preserveNullOptions: true,
      dropdownArrow: () =>
        '<svg class="nmfo-arrow" viewBox="0 0 17 10" width="17" height="10" aria-hidden="true" focusable="false"><path d="M1 1l7.5 7.5L16 1" fill="none" stroke="currentColor" stroke-width="2"/></svg>',
      ...WORDS,
    });
  }
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

/* A page that waits for something asks again by itself; without scripts its link «Обновить» does it. */
const wait = Number(document.body.dataset.refresh);
if (wait) setTimeout(() => window.location.reload(), wait * 1000);
