// Keys for lists of results, and nothing that a page needs: every link and form works without.
"use strict";

(() => {
  const rows = () => [...document.querySelectorAll("[data-row]")];

  function step(by) {
    const all = rows();
    if (!all.length) return;
    const here = all.findIndex((row) => row.classList.contains("at"));
    const next = Math.min(Math.max(here + by, 0), all.length - 1);
    all.forEach((row) => row.classList.remove("at"));
    all[next].classList.add("at");
    all[next].querySelector("a").focus({ preventScroll: true });
    all[next].scrollIntoView({ block: "nearest" });
  }

  function openOriginal() {
    const link = document.querySelector("[data-row].at a.out");
    if (link) window.open(link.href, "_blank", "noopener,noreferrer");
  }

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const search = document.querySelector("input[type=search]");
    if (event.key === "/" && search) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "o") openOriginal();
  });

  // On a phone the filters of a search begin folded: results come first.
  if (window.matchMedia("(max-width: 60rem)").matches) {
    document.querySelectorAll("details.facets").forEach((each) => (each.open = false));
  }
})();
