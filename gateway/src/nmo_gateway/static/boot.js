/* Marks the page as scripted before it is drawn, so that nothing jumps. */
document.documentElement.classList.add("nmfo-js");
document.addEventListener("DOMContentLoaded", function () {
  document.body.classList.add("js-enabled");
  if ("noModule" in HTMLScriptElement.prototype) document.body.classList.add("govuk-frontend-supported");
});
