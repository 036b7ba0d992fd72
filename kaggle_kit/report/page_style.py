"""The style of the report page, and the script that sorts its tables.

Without the script the page is whole; its tables cannot be sorted then.
"""

# In dark mode, pictures are inverted to light on dark, and keep their hues; photographs are not.
STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1b1f; --soft: #5b5b66;
  --line: #d9d9e0; --box: #f4f5f8; --accent: #0072b2; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #141416; --ink: #e8e8ec; --soft: #a5a5b0; --line: #3a3a42; --box: #1f2024;
    --accent: #5cb3e6; }
  img { filter: invert(.92) hue-rotate(180deg); }
  .photo img { filter: none; }
}
* { box-sizing: border-box; }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 58rem; margin: auto; padding: 1rem;
  background: var(--paper); color: var(--ink); overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: .5rem 0 1rem; }
h2 { font-size: 1.35rem; margin: 2.6rem 0 .6rem; padding-top: .6rem;
  border-top: 2px solid var(--line); }
h3 { font-size: 1.08rem; margin: 1.8rem 0 .4rem; }
a { color: var(--accent); }
nav ul { list-style: none; padding: 0; margin: 1rem 0; display: flex; flex-wrap: wrap;
  gap: .2rem 1.2rem; }
nav a { display: inline-block; padding: .25rem 0; }
.facts { display: grid; gap: .7rem; margin: 1rem 0; grid-template-columns: repeat(4, 1fr); }
.facts > div { background: var(--box); border-radius: 8px; padding: .7rem .9rem; }
.facts dt { color: var(--soft); font-size: .88rem; }
.facts dd { margin: 0; }
.facts strong { display: block; font-size: 1.5rem; line-height: 1.35; }
.facts small { color: var(--soft); }
.note, .missing { color: var(--soft); font-size: .92rem; }
.missing { border-left: 4px solid var(--accent); padding-left: .8rem; }
.wide { overflow-x: auto; }
details { margin: .5rem 0; }
summary { cursor: pointer; padding: .2rem 0; }
h4 { font-size: .95rem; margin: .8rem 0 0; scroll-margin-top: 1rem; }
figure { margin: 1.2rem 0; }
figure img { display: block; max-width: min(100%, 42rem); height: auto; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums;
  font-size: .94rem; }
caption { text-align: left; font-weight: 600; padding: .2rem 0; }
th, td { padding: .22rem .75rem; text-align: right; border-bottom: 1px solid var(--line); }
td { white-space: nowrap; }
caption span { position: sticky; left: 0; display: inline-block; max-width: calc(100vw - 2rem); }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
th[scope=row] { font-weight: 500; }
th button { all: unset; cursor: pointer; }
th button::after { content: "\\00a0\\2195" / ""; opacity: .45; font-weight: 400; }
th[aria-sort=ascending] button::after { content: "\\00a0\\2191" / ""; opacity: 1; }
th[aria-sort=descending] button::after { content: "\\00a0\\2193" / ""; opacity: 1; }
th button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
tfoot th[scope=row], tfoot td { font-weight: 600; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
#search td:last-child { text-align: left; white-space: normal; min-width: 15rem; }
#search th:last-child { text-align: left; }
#search tbody > tr > * { vertical-align: top; padding-inline: 0 .9rem; }
#origin td { text-align: left; white-space: normal; overflow-wrap: anywhere; }
#origin th { vertical-align: top; min-width: 7rem; }
.gallery { display: grid; gap: .8rem .6rem; margin: 1rem 0;
  grid-template-columns: repeat(auto-fill, minmax(4.9rem, 1fr)); }
.gallery figure { margin: 0; text-align: center; }
.gallery img { width: 100%; image-rendering: pixelated; border: 1px solid var(--line);
  border-radius: 4px; }
.gallery:has(.fine) { grid-template-columns: repeat(auto-fill, minmax(6.4rem, 1fr)); }
.gallery .fine img { image-rendering: auto; }
.gallery figcaption { font-size: .8rem; line-height: 1.35; margin-top: .2rem;
  white-space: pre-line; overflow-wrap: anywhere; }
.gallery .marked img { outline: 2px solid #d55e00; }
#shap_maps { grid-template-columns: repeat(3, minmax(0, 1fr)) .6rem repeat(3, minmax(0, 1fr)); }
#shap_maps figure:nth-child(6n+4) { grid-column: 5; }
code { font-size: .92em; background: var(--box); padding: .05em .3em; border-radius: 4px; }
@media (max-width: 700px) {
  .facts { grid-template-columns: 1fr 1fr; }
  #shap_maps { grid-template-columns: repeat(3, minmax(0, 1fr)); }
  #shap_maps figure:nth-child(6n+4) { grid-column: 1; }
  #search td:last-child { min-width: 26rem; }
}
pre { overflow-x: auto; background: var(--box); padding: .8rem; border-radius: 8px;
  font-size: .85rem; }
footer { margin-top: 3rem; color: var(--soft); font-size: .9rem; }
@page { margin: 15mm; }
@media print {
  :root { --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; --box: #f4f5f8; }
  body { font-size: 10.5pt; max-width: none; padding: 0; }
  img { filter: none; }
  nav, details, #confusions, th button::after { display: none; }
  h2, h3, caption { break-after: avoid; }
  figure, tr, thead, .facts > div, .wide:not(.long), .wide:not(.long) table { break-inside: avoid; }
  .wide { overflow: visible; }
  #search td:last-child { min-width: 0; }
  figure img { max-width: 12.5cm; }
  .facts { grid-template-columns: repeat(4, 1fr); }
  .facts strong { font-size: 1.25rem; }
  table { font-size: 8.5pt; }
  th, td { padding: .1rem .35rem; }
  .gallery { grid-template-columns: repeat(10, 1fr); }
  .gallery figcaption { font-size: 6.5pt; }
  #shap_maps { grid-template-columns: repeat(3, minmax(0, 1fr)) .6rem repeat(3, minmax(0, 1fr)); }
  #shap_maps figure:nth-child(6n+4) { grid-column: 5; }
}
"""
# A column is sorted as numbers if each of its cells that is not empty begins with one.
SCRIPT = """
const number = /^[+\\u00b1\\u2212-]?[0-9]/;
const text = (row, column) => row.cells[column].textContent.trim();
function compare(one, other, numeric) {
  if (!numeric) return one.localeCompare(other);
  const [a, b] = [one, other].map(cell =>
    parseFloat(cell.replace(/[,+\\u00b1]/g, "").replace("\\u2212", "-")));
  return a - b;
}
function sort(table, column) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  const up = heads[column].getAttribute("aria-sort") !== "ascending";
  heads.forEach(head => head.removeAttribute("aria-sort"));
  heads[column].setAttribute("aria-sort", up ? "ascending" : "descending");
  const rows = [...body.rows], empty = rows.filter(row => !text(row, column));
  const full = rows.filter(row => text(row, column));
  const numeric = full.every(row => number.test(text(row, column)));
  full.sort((a, b) => (up ? 1 : -1) * compare(text(a, column), text(b, column), numeric));
  body.append(...full, ...empty);
}
document.querySelectorAll("table.sortable").forEach(table => {
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(table, column));
    head.append(button);
  });
});
"""
