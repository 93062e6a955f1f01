// Four small things: Airflow's theme, ways out of its frame, explanations in view, and a button that copies.
// Every page works without.
(() => {
  const parent = (() => { try { return window.parent !== window && window.parent.document; } catch { return null; } })();

  const follow = () => {
    const dark = parent ? parent.documentElement.classList.contains("dark") : localStorage.getItem("theme") === "dark";
    const theme = parent || localStorage.getItem("theme");
    if (theme) document.documentElement.dataset.theme = dark ? "dark" : "light";
  };
  follow();
  if (parent) new MutationObserver(follow).observe(parent.documentElement, { attributes: true, attributeFilter: ["class"] });

  // Airflow's frame lets no link of ours out of it; a link of the page around it may go anywhere.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-airflow]");
    if (!link || !parent) return;
    event.preventDefault();
    const way = parent.createElement("a");
    way.href = link.href;
    parent.body.append(way);
    way.click();
    way.remove();
  });

  // The region of a table clips what sticks out of it: an explanation is placed on the screen, where there is room.
  const place = () => {
    for (const cell of document.querySelectorAll(".cell:hover, .cell:focus")) {
      const tip = cell.nextElementSibling, at = cell.getBoundingClientRect();
      tip.classList.add("placed");
      const fits = at.bottom + tip.offsetHeight <= innerHeight;
      tip.style.left = `${Math.max(8, Math.min(at.left, document.documentElement.clientWidth - tip.offsetWidth - 8))}px`;
      tip.style.top = `${fits ? at.bottom : Math.max(0, at.top - tip.offsetHeight)}px`;
    }
  };
  for (const moved of ["mouseover", "focusin", "scroll"]) document.addEventListener(moved, place, true);

  // Escape puts an explanation away without moving on, for who wants to see what it covers.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const cell of document.querySelectorAll(".cell:hover, .cell:focus, .cell:has(+ .tip:hover)")) {
      cell.classList.add("dismissed");
      for (const left of ["mouseleave", "blur"]) cell.addEventListener(left, () => cell.classList.remove("dismissed"), { once: true });
    }
  });

  for (const button of document.querySelectorAll("button[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
      button.textContent = "Copied";
    });
  }
})();
