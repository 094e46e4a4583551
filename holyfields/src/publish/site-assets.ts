/** Style and script of the documentation site, written into its pages so that they work from a file. */
export const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 72rem; margin: 0 auto; padding: 1rem 1.5rem; }
h1 small { font-weight: normal; opacity: .7; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid #8884; }
pre { overflow: auto; padding: 1rem; background: #8881; border-radius: .5rem; }
code, pre { font: .9em/1.5 ui-monospace, monospace; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
dt { opacity: .7; } dd { margin: 0; }
input { font: inherit; padding: .35rem .6rem; min-width: 20rem; }
.draft { color: #a60; } .deprecated, .retired { color: #c33; text-decoration: line-through; }
`;

export const SCRIPT = `
const search = document.getElementById("search");
const rows = [...document.querySelectorAll("#contracts tr")];
search.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows) {
    row.hidden = !words.every((word) => row.dataset.words.includes(word));
    if (!row.hidden) shown += 1;
  }
  document.getElementById("none").hidden = shown > 0;
});
`;
