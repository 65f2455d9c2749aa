/** The palette of the console: lime mortar, lapis, gold leaf, verdigris, cinnabar; text keeps 4.5:1 on every ground. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f5f2, #0c0e13);
  --line: light-dark(#dedad2, #2a303d);
  --edge: light-dark(#8a8578, #667086);
  --ink: light-dark(#15171c, #eceef3);
  --soft: light-dark(#4d525d, #a9b1c2);
  --faint: light-dark(#656a75, #8c95a8);
  --lapis: light-dark(#2446b4, #9db8ff);
  --verdigris: light-dark(#0d6648, #6ad4a4);
  --cinnabar: light-dark(#ab231b, #ff9a90);
  --gold: light-dark(#7a5200, #e9bf66);
  --strength: 0.62;
}
@media (prefers-color-scheme: dark) { :root { --strength: 0.42 } }
* { box-sizing: border-box }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100% }
body {
  margin: 0 auto; max-inline-size: 66rem; padding: clamp(1.5rem, 5vw, 4rem) clamp(1rem, 4vw, 3rem) 4rem;
  background: var(--ground); color: var(--ink);
  font: 400 1rem/1.55 'Inter Variable', Inter, ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif;
  font-variant-numeric: tabular-nums lining-nums; text-rendering: optimizeLegibility; -webkit-font-smoothing: antialiased;
}
h1, h2, h3, p, figure, ul { margin: 0 }
h1, h2, h3 { font-weight: 600; line-height: 1.2; text-wrap: balance; overflow-wrap: anywhere }
h1 { font-size: clamp(1.625rem, 1.2rem + 2vw, 2.5rem); letter-spacing: -0.02em; margin-block: 0.375rem 0.75rem; max-inline-size: 24ch }
h2 { font-size: 1.375rem; letter-spacing: -0.012em }
h3 { font-size: 1rem }
a { color: inherit; text-decoration-color: var(--edge); text-underline-offset: 0.2em }
b { font-weight: 600 }
code { font: 0.9em ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', monospace }
bdi { overflow-wrap: anywhere }
.kind, .facts, .more, figcaption p, .slices p, .models p, .y-title, .x-title { color: var(--faint); font-size: 0.875rem; line-height: 1.5 }
figcaption p, .slices > p, .models > p { max-inline-size: 68ch; text-wrap: pretty; margin-block-start: 0.25rem }
.kind { letter-spacing: 0.01em }
.short, .task, footer { border-block-start: 1px solid var(--line); margin-block-start: clamp(2.5rem, 6vw, 4rem); padding-block-start: 1.5rem }
.short article { display: grid; grid-template-columns: minmax(0, 12rem) minmax(0, 1fr); gap: 0.25rem 2rem; margin-block-start: 1.25rem }
.short h3 { line-height: 1.55 }
.short a { display: inline-block; min-block-size: 1.5rem; min-inline-size: 1.5rem }
.short .headline { margin: 0; font-size: 1rem }
.headline { display: flex; gap: 0.625rem; font-size: clamp(1.0625rem, 0.95rem + 0.6vw, 1.3125rem); line-height: 1.45; margin-block: 1.5rem; max-inline-size: 56rem; text-wrap: pretty }
.headline.open { color: var(--soft) }
.verdicts { list-style: none; padding: 0; display: grid; gap: 0.625rem; max-inline-size: 48rem }
.verdicts li { display: flex; gap: 0.625rem; color: var(--soft); text-wrap: pretty }
.verdicts bdi, .headline bdi { color: var(--ink) }
.verdicts + details { margin-block-start: 0.75rem }
.verdicts + details .verdicts { margin-block-start: 0.625rem }
.inline-mark { flex: none; overflow: visible; inline-size: 0.875em; block-size: 0.875em; margin-block-start: 0.36em }
figure, .slices, .models, .gaps { margin-block-start: 3rem }
details { margin-block-start: 0.5rem; font-size: 0.875rem }
summary { cursor: pointer; color: var(--faint); inline-size: max-content; min-block-size: 1.75rem; line-height: 1.75rem; padding-inline-end: 0.5rem }
summary:hover { color: var(--ink) }
:focus-visible { outline: 2px solid var(--lapis); outline-offset: 2px; border-radius: 3px }
svg { display: block }
svg text { font: inherit; fill: var(--faint); paint-order: stroke; stroke: var(--ground); stroke-width: 4px; stroke-linejoin: round }
.tick, .line-label { font-size: 0.75rem }
.grid { stroke: var(--line) }
.zero { stroke: var(--edge) }
.margin { stroke: var(--gold); stroke-dasharray: 4 3 }
.line-label { fill: var(--soft) }
.interval { stroke-width: 2; stroke: var(--edge) }
.interval.proven { stroke: var(--verdigris) }
.interval.worse { stroke: var(--cinnabar) }
.mark { stroke: var(--ground); stroke-width: 1.5; fill: var(--soft) }
.mark.proven { fill: var(--verdigris) }
.mark.open { fill: var(--ground); stroke: var(--soft); stroke-width: 2 }
.mark.worse { fill: var(--cinnabar) }
.mark.step { fill: var(--lapis) }
.halo { fill: none; stroke: var(--verdigris); stroke-width: 1.5 }
.mark.reference { fill: var(--ink) }
.mark.other { fill: var(--edge); stroke-width: 1; fill-opacity: 0.75 }
.beyond { fill: none; stroke: var(--cinnabar); stroke-width: 2 }
.rows { display: grid; grid-template-columns: minmax(0, 17rem) minmax(0, 1fr) max-content max-content; grid-template-rows: repeat(var(--rows), 1.75rem); column-gap: 1.25rem; margin-block: 3.25rem 2.25rem; font-size: 0.8125rem; align-items: center }
.rows > svg { grid-column: 2; grid-row: 1 / -1; inline-size: 100%; block-size: 100%; overflow: visible }
.name { grid-column: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.name.plan { font-weight: 600 }
.value { grid-column: 3; text-align: end }
.word { grid-column: 4; color: var(--soft) }
.word.proven { color: var(--verdigris) }
.word.worse { color: var(--cinnabar) }
.y-title { margin-block: 1.25rem 0.5rem; font-size: 0.75rem }
.x-title { margin-block-start: 1.75rem; font-size: 0.75rem }
.dots { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 17rem); padding-inline-start: 2.25rem }
.dots > svg { inline-size: 100%; block-size: 100%; overflow: visible }
.labels { position: relative }
.elbow { position: absolute; inset: 0 auto auto 0; inline-size: 22px; block-size: 100%; overflow: visible }
.leader { stroke: var(--line) }
.curve { stroke: var(--lapis); stroke-width: 2 }
.dot-label { position: absolute; inset-inline: 28px 0; transform: translateY(-50%); font-size: 0.8125rem; line-height: 1.3; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.dot-label small { display: block; font-size: 0.75rem; color: var(--faint); overflow: hidden; text-overflow: ellipsis }
.claim { display: flex; gap: 0.625rem; margin-block-start: 1rem; max-inline-size: 46rem; font-size: 0.9375rem }
.claim span { overflow-wrap: anywhere }
.dot-label.proven, .dot-label.certified { color: var(--verdigris) }
.map { display: grid; grid-template-columns: minmax(0, 17rem) minmax(0, 1fr); grid-template-rows: repeat(var(--rows), 1.625rem); column-gap: 0.75rem; margin-block: 1.5rem 1rem; font-size: 0.8125rem; align-items: center }
.map > svg { grid-column: 2; grid-row: 1 / -1; inline-size: 100%; block-size: 100%; max-inline-size: calc(var(--rows) * 3.5rem); overflow: visible }
.map b { display: inline-block; min-inline-size: 1.5em; color: var(--faint); font-weight: 400 }
.map rect { fill: var(--lapis); fill-opacity: calc((0.08 + 0.92 * var(--strong)) * var(--strength)); stroke: var(--ground); stroke-width: 1.5 }
.map .cell, .map .diagonal { stroke: none }
.map .cell { font-size: 0.6875rem; fill: var(--ink) }
.map .diagonal { font-size: 0.6875rem }
.scroll { position: relative; overflow-x: auto; margin-block-start: 0.5rem }
table { border-collapse: collapse; font-size: 0.8125rem; line-height: 1.4; min-inline-size: 100% }
th, td { padding: 0.375rem 0; padding-inline-end: 1.5rem; text-align: end; vertical-align: baseline; border-block-end: 1px solid var(--line); white-space: nowrap }
th { font-weight: 400 }
thead th { color: var(--faint); font-size: 0.75rem; vertical-align: bottom; white-space: normal; min-inline-size: 4.5rem }
th:first-child { text-align: start; white-space: normal; min-inline-size: 11rem; max-inline-size: 22rem; overflow-wrap: anywhere }
th:last-child, td:last-child { padding-inline-end: 0 }
th small { color: var(--faint) }
.with-mark { display: inline-flex; align-items: baseline; gap: 0.375rem }
.with-mark .inline-mark { margin: 0; align-self: center }
.tight { display: none }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.gaps ul, footer ul { padding-inline-start: 1.1rem; margin-block-start: 0.5rem; color: var(--soft); font-size: 0.875rem; max-inline-size: 68ch }
.gaps li { overflow-wrap: anywhere }
footer { font-size: 0.875rem; color: var(--soft) }
footer h2 { font-size: 1rem; color: var(--ink) }
footer p { max-inline-size: 72ch; margin-block-start: 0.75rem; text-wrap: pretty }
footer b { color: var(--ink) }
@media (max-width: 46rem) {
  .short article { grid-template-columns: minmax(0, 1fr) }
  .rows { grid-template-columns: minmax(0, 1fr) max-content max-content; grid-template-rows: repeat(var(--rows), 3rem); column-gap: 0; align-items: start }
  .rows > svg { grid-column: 1 / -1 }
  .rows > span { background: var(--ground); padding-block-start: 0.125rem }
  .rows .name, .rows .value { padding-inline-end: 0.75rem }
  .rows .value { grid-column: 2 }
  .rows .word { grid-column: 3 }
  .marks { transform: translateY(0.6875rem) }
  .dots { grid-template-columns: minmax(0, 1fr) minmax(0, 9.5rem) }
  .map { grid-template-columns: minmax(0, 9rem) minmax(0, 1fr) }
  .map.dense .cell { display: none }
}
@media (max-width: 34rem) {
  .wide, .roomy { display: none }
  .tight { display: inline }
  .dots { grid-template-columns: minmax(0, 1fr) minmax(0, 8.5rem) }
  .map { grid-template-columns: minmax(0, 8rem) minmax(0, 1fr) }
}
@media print {
  :root { color-scheme: light; --ground: #fff }
  body { max-inline-size: none; padding: 0; font-size: 10pt }
  .task { break-before: page }
  figure, tr, li { break-inside: avoid }
  h2, h3 { break-after: avoid }
  details::details-content { content-visibility: visible; display: block }
  summary { display: none }
  .scroll { overflow: visible }
  th, td { padding-inline-end: 0.75rem }
  th:first-child { min-inline-size: 0 }
  thead th { min-inline-size: 0 }
  .map + details { display: none }
}
`
