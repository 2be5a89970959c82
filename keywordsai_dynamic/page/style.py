"""The one stylesheet of every page: light, dark, narrow and printed.

Rising is vermilion and falling blue (Okabe and Ito's palette, which the color-blind can tell
apart), and a sign or a word says the same each time.
"""

STYLE = """
:root{--paper:#fff;--card:#f5f6f8;--ink:#16181d;--soft:#525a66;--line:#d5d9e0;--up:#b34700;
--down:#005c99;--bad:#a8200d;--good:#0b6b43;--mark:#16181d}
@media (prefers-color-scheme:dark){:root{--paper:#14161a;--card:#1e2127;--ink:#eceef2;
--soft:#a8b0bd;--line:#3a404b;--up:#ff9a52;--down:#6cb8f0;--bad:#ff8c78;--good:#5fd3a0;--mark:#eceef2}}
*{box-sizing:border-box}
html{font:16px/1.5 -apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;
color:var(--ink);background:var(--paper);-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:64rem;padding:2rem 1.25rem 4rem;overflow-wrap:anywhere}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 1rem;letter-spacing:-.01em}
h2{font-size:1.3rem;line-height:1.3;margin:3rem 0 .5rem}
h3{font-size:1rem;margin:2rem 0 .5rem}
p{margin:.5rem 0}
ul,ol{padding-left:1.25rem;margin:.5rem 0}
a{color:inherit;text-underline-offset:.2em}
:focus-visible{outline:3px solid var(--down);outline-offset:2px;border-radius:2px}
code,pre{font:.92em ui-monospace,SFMono-Regular,Menlo,"Liberation Mono",monospace}
code{unicode-bidi:plaintext}
small{display:block;color:var(--soft);font-size:.875rem}
pre{white-space:pre-wrap;background:var(--card);padding:.75rem 1rem;border-radius:.5rem}
.soft,figcaption,caption,footer{color:var(--soft)}
.small,figcaption,caption{font-size:.875rem}
.eyebrow{color:var(--soft);margin:0 0 .25rem;font-size:.875rem}
.pass{color:var(--good)}
.fail{color:var(--bad)}
.up{color:var(--up)}
.down{color:var(--down)}
.stacks{list-style:none;padding:0;display:grid;gap:1rem;
grid-template-columns:repeat(auto-fit,minmax(min(100%,17rem),1fr))}
.stacks>li{background:var(--card);border-radius:.75rem;padding:1rem 1.25rem}
.stacks p{margin:.15rem 0}
.figure{font-size:1.6rem;font-weight:650;line-height:1.25;letter-spacing:-.01em}
table{border-collapse:collapse;width:100%}
caption{text-align:left;padding:0 0 .5rem}
th,td{text-align:left;vertical-align:top;padding:.3rem .75rem .3rem 0;font-weight:400}
thead th{color:var(--soft);font-size:.875rem;vertical-align:bottom}
td.number,th.number{text-align:right;white-space:nowrap}
.bars thead th+th{text-align:right;white-space:nowrap}
.plot{width:46%;padding:.3rem .5rem 0}
.plot svg{display:block;width:100%;height:24px;overflow:visible}
.rule{white-space:nowrap}
.findings tbody tr{border-top:1px solid var(--line)}
tr.rest th{color:var(--soft)}
.wide tr.model>*{padding-top:1rem;border-top:1px solid var(--line)}
tr.model>th{font-weight:600}
tr.model .action{font-weight:400;color:var(--soft);margin-left:.5rem}
td.effect{padding-left:.5rem}
tr.price th{padding-left:1rem;white-space:nowrap;width:1%}
td.words{padding-left:1rem}
td.words ul{margin:0}
details{margin:.75rem 0}
summary{cursor:pointer;padding:.4rem 0;color:var(--soft)}
svg{fill:none;stroke:none}
svg text{fill:var(--soft);font-size:12px}
svg .title{font-weight:600}
.defs{position:absolute;width:0;height:0}
.grid line,.tick{stroke:var(--line)}
.grid .zero{stroke:var(--soft)}
.axis line{stroke:var(--soft)}
rect.up{fill:var(--up)}
rect.down{fill:var(--down)}
line.up,line.down{stroke-width:3;stroke:currentColor}
line.list,.way{stroke:var(--mark);stroke-width:2}
.way{stroke:var(--soft);stroke-width:1.5;stroke-dasharray:2 2}
circle.old{fill:var(--paper);stroke:var(--mark);stroke-width:2}
circle.new{fill:var(--mark)}
circle.up,circle.down{fill:currentColor}
.key{display:inline-block;width:1.4em;height:24px;vertical-align:-7px;overflow:visible}
figure{margin:1rem 0}
.scatter{display:block;width:calc(100% - 3rem);height:24rem;margin:2.5rem .5rem 5rem 2.5rem;
overflow:visible}
.scatter .new{fill:var(--down)}
.scatter g text{fill:var(--ink);font-size:11px}
.scroll{overflow-x:auto}
.scroll td,.scroll th{white-space:nowrap}
.scroll th[scope=row]{white-space:normal;min-width:12rem}
.scroll tbody tr{border-top:1px solid var(--line)}
th button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer;
text-decoration:underline dotted;text-underline-offset:.2em}
th[aria-sort=ascending] button::after{content:" \\2191"}
th[aria-sort=descending] button::after{content:" \\2193"}
footer{margin-top:4rem;font-size:.875rem}
@media (max-width:42rem){
body{padding:1.25rem 1rem 3rem}
.wide tbody,.wide tbody tr,.wide tbody td,.wide thead,.wide thead tr,.wide caption{display:block}
.wide tbody th{display:block}
.wide thead th{display:none}
.wide thead th.plot{display:block}
.wide .plot{width:auto;padding:.25rem .75rem}
.wide td.number{text-align:left}
.wide td,.wide th,.wide td.words,.wide td.effect{padding:.1rem 0}
.wide tr{padding:.3rem 0}
.wide tr.model{border-top:1px solid var(--line);padding-top:.75rem}
.wide tr.model>*{border:0;padding-top:.1rem}
.wide tr.price th{padding-left:0;font-weight:600}
.findings th{font-weight:600}
}
@media print{
:root{--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#ccc;--up:#b34700;--down:#005c99;
--bad:#a8200d;--good:#0b6b43;--mark:#000}
html{font-size:11px}
body{max-width:none;padding:0}
.stacks>li{border:1px solid var(--line)}
tr,li,figure{break-inside:avoid}
h2,h3{break-after:avoid}
details::details-content{content-visibility:visible;block-size:auto;height:auto}
summary{list-style:none}
rect,circle{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
"""
