// Three small things: Airflow's theme, ways out of its frame, and a button that copies. Every page works without.
(() => {
  const parent = (() => { try { return window.parent !== window && window.parent.document; } catch { return null; } })();

  const follow = () => {
    const dark = parent ? parent.documentElement.classList.contains("dark") : localStorage.getItem("theme") === "dark";
    const known = parent || localStorage.getItem("theme");
    if (known) document.documentElement.dataset.theme = dark ? "dark" : "light";
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

  for (const button of document.querySelectorAll("button[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
      button.textContent = "Copied";
    });
  }
})();
