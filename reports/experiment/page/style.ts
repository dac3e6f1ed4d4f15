function seriesRules(i: number): string {
  return `.line.c${i} { stroke: var(--c${i}); } .band.c${i} { fill: var(--c${i}); }`
}

/** The look of the page: light and dark, Okabe and Ito's colours, readable without any of them. */
export const STYLE = `
:root { color-scheme: light dark; --back: #fff; --text: #1c1c1c; --quiet: #5f5f5f; --rule: #d8d8d8;
  --accent: #0072b2;
  --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #cc79a7; --c4: #b58900; --c5: #2f9cd6; --c6: #444; }
@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) { --back: #16181c; --text: #ececec;
  --quiet: #a5a5a5; --rule: #3a3d44; --accent: #56b4e9; --c0: #56b4e9; --c1: #f0873f; --c2: #2cc79a;
  --c3: #e39ac4;
  --c4: #e6b840; --c5: #9ad0f5; --c6: #ddd; } }
:root[data-theme=dark] { color-scheme: dark; --back: #16181c; --text: #ececec; --quiet: #a5a5a5;
  --rule: #3a3d44;
  --accent: #56b4e9; --c0: #56b4e9; --c1: #f0873f; --c2: #2cc79a; --c3: #e39ac4; --c4: #e6b840;
  --c5: #9ad0f5;
  --c6: #ddd; }
:root[data-theme=light] { color-scheme: light; }
body { margin: 0 auto; max-width: 1120px; padding: 24px; background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 20px; margin: 40px 0 8px;
  border-bottom: 1px solid var(--rule); }
h3 { font-size: 16px; margin: 24px 0 4px; } p { margin: 4px 0 8px; }
.quiet, .small, figcaption { color: var(--quiet); }
header { display: flex; gap: 16px; align-items: start; justify-content: space-between; }
nav a { margin-right: 16px; } a { color: var(--accent); }
figure { margin: 12px 0; overflow-x: auto; } svg { width: 100%; min-width: 720px; height: auto;
  font: 12px system-ui, sans-serif; }
svg text { fill: var(--text); } svg text.quiet, svg text.small { fill: var(--quiet); }
svg text.small { font-size: 9px; }
svg .head { font-weight: 600; font-size: 13px; } .grid { stroke: var(--rule); }
.zero { stroke: var(--text); }
.run { fill: var(--c0); opacity: .35; } .interval { stroke-width: 2.5; stroke: var(--c0); fill: none; }
.mark { fill: var(--c0); stroke: var(--c0); } .interval.better { stroke: var(--c2); }
.mark.better { fill: var(--c2); stroke: var(--c2); }
.interval.worse { stroke: var(--c1); } .mark.worse { fill: var(--c1); stroke: var(--c1); }
.interval.unclear, .interval.untold, .interval.equal { stroke: var(--quiet); stroke-dasharray: 4 3; }
.mark.unclear, .mark.untold, .mark.equal { fill: var(--back); stroke: var(--quiet); stroke-width: 2; }
.line { fill: none; stroke-width: 1.8; } .dashed { stroke-dasharray: 6 3; } .band { opacity: .18;
  stroke: none; }
${Array.from({ length: 7 }, (_, i) => seriesRules(i)).join('\n')}
.heat { fill: color-mix(in srgb, var(--c0) var(--share), var(--rule)); } .absent { fill: none; }
.table { overflow: auto; max-height: 640px; border: 1px solid var(--rule); }
table { border-collapse: collapse; width: 100%; }
th, td { padding: 3px 10px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule); }
th { position: sticky; top: 0; background: var(--back); }
th:first-child, td.text, th.text { text-align: left; }
th button { all: unset; cursor: pointer; font-weight: 600; }
th button:focus-visible, button:focus-visible, input:focus-visible
  { outline: 2px solid var(--accent); outline-offset: 2px; }
th[aria-sort=ascending] button::after { content: " \\25b2"; }
th[aria-sort=descending] button::after { content: " \\25bc"; }
tbody tr { content-visibility: auto; } code { font: 12px ui-monospace, monospace; }
button.theme, input { font: inherit; padding: 4px 10px; color: inherit; background: var(--back);
  border: 1px solid var(--rule); border-radius: 4px; }
footer { margin-top: 48px; border-top: 1px solid var(--rule); padding-top: 12px; font-size: 13px;
  color: var(--quiet); overflow-wrap: anywhere; }
ul.answer { padding-left: 20px; font-size: 16px; } ul.answer li { margin: 6px 0; }
@media print { button, input { display: none; } .table { max-height: none; } }
`
