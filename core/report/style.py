"""The look of the HTML report: quiet paper, one accent, figures under each other; light and dark, on phone, laptop and paper."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --card: #ffffff; --ink: #1d1e20; --dim: #686c73; --line: #e3e1da; --faint: #f1efe9;
  --accent: #0a6a94; --accent-soft: #dcecf3; --before: #8b8f96;
  --sans: "Inter", "Segoe UI", system-ui, -apple-system, "Helvetica Neue", "Noto Sans", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #131518; --card: #1a1d21; --ink: #e7e7e4; --dim: #9a9fa7; --line: #2b2f35; --faint: #1f2227;
    --accent: #6fbbe3; --accent-soft: #173242; --before: #868c95;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1.5rem; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 var(--sans); font-variant-numeric: tabular-nums;
  overflow-wrap: break-word; }
.page { display: grid; grid-template-columns: minmax(0, 1fr); max-width: 60rem; margin: 0 auto; padding: 3.5rem 1.25rem 5rem; }
nav { display: none; }
header { padding-bottom: 1.75rem; }
h1 { font-size: 2.1rem; line-height: 1.15; letter-spacing: -0.022em; font-weight: 650; margin: 0 0 .35rem; }
h2 { font-size: 1.35rem; line-height: 1.25; letter-spacing: -0.014em; font-weight: 650; margin: 0 0 .9rem; }
h3 { font-size: 1rem; line-height: 1.35; font-weight: 650; margin: 1.9rem 0 .5rem; unicode-bidi: isolate; }
p { margin: 0 0 .8rem; max-width: 44rem; unicode-bidi: isolate; }
header .sub { color: var(--dim); margin: 0 0 1.1rem; }
header p { margin-bottom: .2rem; }
section { padding: 2.4rem 0 .6rem; border-top: 1px solid var(--line); }
section#summary { border: 0; padding-top: 0; }
section#summary > h2 { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
.dim { color: var(--dim); }
p.open { padding: .1rem 0 .1rem .9rem; border-left: 3px solid var(--line); color: var(--dim); }
small { display: block; font-size: .76rem; line-height: 1.35; color: var(--dim); font-weight: 400; }

.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: 1px; background: var(--card);
  border: 1px solid var(--line); border-radius: 10px; overflow: hidden; margin: 0 0 1.2rem; }
.tile { background: var(--card); box-shadow: 0 0 0 1px var(--line); padding: .95rem 1.05rem 1rem; }
.tile .title { font-size: .78rem; color: var(--dim); line-height: 1.3; }
.tile .value { font-size: 1.55rem; letter-spacing: -0.02em; font-weight: 620; line-height: 1.3; margin: .15rem 0 .1rem; }
.tile.strong .value, .tile.good .value { color: var(--accent); }
.tile.open .value { color: var(--dim); }

.scroll { overflow-x: auto; margin: 0 0 1.1rem; }
table { border-collapse: collapse; width: 100%; font-size: .89rem; line-height: 1.4; }
caption { caption-side: bottom; text-align: left; color: var(--dim); font-size: .8rem; padding-top: .55rem; }
th { font-size: .76rem; font-weight: 500; color: var(--dim); text-align: left; vertical-align: bottom; line-height: 1.3;
  padding: .3rem .9rem .45rem 0; border-bottom: 1px solid var(--ink); }
td { padding: .5rem .9rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top; unicode-bidi: isolate; }
th:last-child, td:last-child { padding-right: 0; }
tr > :first-child { font-weight: 550; }
thead th:first-child { font-weight: 500; }
.right { text-align: right; }
td.right { white-space: nowrap; }
.right + td:not(.right), .right + th:not(.right) { padding-left: .7rem; }
td.right small { white-space: normal; }
td.strong { font-weight: 600; }
td.dim { color: var(--dim); font-weight: 400; }
table.even { table-layout: fixed; }
table.mono td:first-child { font: .82rem/1.5 var(--mono); overflow-wrap: anywhere; }
table.mono td { overflow-wrap: anywhere; }
table.mono td.dim { overflow-wrap: normal; }
.badge { display: inline-block; font-size: .8rem; font-weight: 550; line-height: 1.35; padding: .08rem .55rem .1rem; border-radius: 99px;
  border: 1px solid var(--line); white-space: nowrap; }
.badge.good { background: var(--accent-soft); border-color: var(--accent-soft); color: var(--accent); }
.badge.bad { background: var(--ink); border-color: var(--ink); color: var(--paper); }
.badge.open { border: 1px dashed var(--dim); color: var(--ink); }
.badge.dim { color: var(--dim); }

.gate { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.05rem 1.2rem .35rem; margin: 0 0 1.2rem; }
.gate > .head { display: flex; gap: .75rem; align-items: baseline; justify-content: space-between; margin-bottom: .5rem; }
.gate h3 { margin: 0; }
.gate tbody tr:last-child td { border-bottom: 0; }
.gate .scroll { margin: 0; }
.reason { border-left: 3px solid var(--ink); padding-left: .9rem; }

.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1.6rem 2rem; margin: 0 0 1.6rem; }
figure { margin: 0; min-width: 0; }
figure.wide { margin-bottom: 1.2rem; }
figcaption { font-size: .8rem; color: var(--dim); margin-top: .45rem; }
figure .name { font-size: .89rem; font-weight: 600; margin: 0 0 .55rem; color: var(--ink); }
svg { display: block; width: 100%; height: auto; font-family: var(--sans); overflow: visible; }
svg text { fill: var(--ink); font-size: 12px; }
svg .tick { fill: var(--dim); font-size: 11px; }
svg .label { font-size: 12px; }
svg .value { fill: var(--accent); font-weight: 600; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .gate { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 3 2; }
svg .whisker { stroke-width: 2; stroke-linecap: round; }
svg .whisker.before { stroke: var(--before); }
svg .whisker.after { stroke: var(--accent); }
svg .dot.before { fill: var(--paper); stroke: var(--before); stroke-width: 2; }
svg .dot.after { fill: var(--accent); stroke: var(--accent); stroke-width: 2; }
svg .bar.before { fill: var(--before); opacity: .55; }
svg .bar.after { fill: var(--accent); }
svg polyline { fill: none; stroke-linejoin: round; stroke-linecap: round; }
svg .raw { stroke: var(--before); stroke-width: 1; opacity: .6; }
svg .ema { stroke: var(--accent); stroke-width: 2; }
svg circle.ema { fill: var(--accent); }
svg .epoch { stroke: var(--line); stroke-width: 1; stroke-dasharray: 2 3; }
svg .held { fill: var(--paper); stroke: var(--ink); stroke-width: 1.5; }
.narrow { display: none; }

.pair { border-top: 1px solid var(--line); padding: 1.25rem 0 1.35rem; }
.pair h3 { margin: 0 0 .15rem; overflow-wrap: anywhere; }
.pair > .note { font-size: .86rem; color: var(--dim); margin-bottom: .7rem; }
.pair .label { font-size: .78rem; color: var(--dim); margin: 0 0 .3rem; }
.pair .gold { margin: .45rem 0 0; }
.pair .label b { color: var(--ink); font-weight: 600; }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 1rem 1.25rem; margin-top: .9rem; }
.sides > div { min-width: 0; }
pre { margin: 0; font: .8rem/1.55 var(--mono); background: var(--faint); border-radius: 8px; padding: .75rem .9rem; white-space: pre-wrap;
  overflow-wrap: anywhere; unicode-bidi: plaintext; overflow: auto; max-height: 26rem; tab-size: 4; contain: paint; }
pre.prompt { background: none; border: 1px solid var(--line); }
pre.command { border-left: 3px solid var(--accent); border-radius: 0 8px 8px 0; margin: 0 0 1rem; max-height: none; }
.side.after pre { box-shadow: inset 3px 0 0 var(--accent); }
.side.before pre { box-shadow: inset 3px 0 0 var(--line); }
.ctl { font-size: .76em; border: 1px solid var(--dim); color: var(--dim); border-radius: 3px; padding: 0 .2em; margin: 0 .08em; }
.cut { color: var(--dim); font-style: italic; }

details { margin: .4rem 0 1.2rem; }
summary { cursor: pointer; font-size: .89rem; color: var(--accent); padding: .3rem 0; }
a { color: inherit; text-decoration-color: var(--line); text-underline-offset: .2em; }
a:hover { text-decoration-color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
footer { border-top: 1px solid var(--line); padding-top: 1rem; margin-top: 1.6rem; color: var(--dim); font-size: .8rem; }

@media (min-width: 75rem) {
  .page { grid-template-columns: 11.5rem minmax(0, 56rem); gap: 0 3.5rem; max-width: 74rem; justify-content: center; }
  nav { display: block; position: sticky; top: 3.6rem; align-self: start; font-size: .84rem; line-height: 1.4; }
  nav ol { list-style: none; margin: 0; padding: 0; }
  nav li { margin: 0 0 .55rem; }
  nav a { color: var(--dim); text-decoration: none; }
  nav a:hover { color: var(--accent); }
}
@media screen and (max-width: 44rem) {
  .page { padding: 2rem 1.1rem 3rem; }
  h1 { font-size: 1.7rem; }
  section { padding-top: 1.9rem; }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .tile { padding: .8rem .85rem; }
  .tile:first-child:nth-last-child(odd) { grid-column: 1 / -1; }
  .tile .value { font-size: 1.3rem; }
  .wide .broad { display: none; }
  .wide .narrow { display: block; }
  .scroll { overflow: visible; }
  tbody, tr, td, caption { display: block; }
  thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  tr { border-bottom: 1px solid var(--line); padding: .7rem 0; }
  tbody tr:first-child { border-top: 1px solid var(--line); }
  .gate tbody tr:last-child { border-bottom: 0; }
  td, .right + td:not(.right) { border: 0; padding: .12rem 0; }
  td { display: grid; grid-template-columns: minmax(6rem, 38%) minmax(0, 1fr); gap: 0 .9rem; }
  table { display: flex; flex-direction: column; }
  caption { order: 3; }
  td::before { content: attr(data-label); text-align: left; color: var(--dim);
    font: 400 .78rem/1.75 var(--sans); }
  td > .cell { text-align: left; min-width: 0; overflow-wrap: anywhere; }
  td.right { white-space: normal; }
  tr > td:first-child { display: block; padding-bottom: .25rem; }
  tr > td:first-child::before { content: none; }
  td.empty { display: none; }
  td small { display: inline; margin-left: .35em; }
  tr > td:first-child small { margin-left: .5em; }
}
@media print {
  :root { --paper: #fff; --card: #fff; --faint: #f5f5f3; }
  body { font-size: 9.5pt; }
  .tiles { grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); }
  section { padding-top: 1.6rem; }
  .page { display: block; max-width: none; padding: 0; }
  nav { display: none; }
  section { break-inside: auto; }
  h2, h3 { break-after: avoid; }
  figure, .gate, .pair, .tiles, tr { break-inside: avoid; }
  pre { max-height: none; overflow: visible; }
  details::details-content { content-visibility: visible; }
  a { text-decoration: none; }
}
"""
