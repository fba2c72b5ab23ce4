import {fontFamily, variables} from './charts/palette.ts';

/**
 * The style sheet of every page: light, dark by the reader's preference, and paper. Nothing in it refers to anything
 * outside the file.
 */
export const styleSheet = `
:root{color-scheme:light dark;${variables('light')};--tint:#f5f7f9}
@media (prefers-color-scheme:dark){:root{${variables('dark')};--tint:#1b2128}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 ${fontFamily};font-variant-numeric:tabular-nums lining-nums}
.page{max-width:64rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.7rem;line-height:1.2;margin:.1rem 0 .2rem;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:1.2rem;line-height:1.3;margin:3rem 0 .6rem;padding-top:.7rem;border-top:2px solid var(--ink);font-weight:650}
h2 .no{color:var(--muted);font-weight:400;margin-right:.5em}
h3{font-size:1rem;margin:1.6rem 0 .4rem;font-weight:650}
p{margin:.4rem 0 .8rem;max-width:46rem}
a{color:inherit;text-decoration:underline;text-decoration-color:var(--muted);text-decoration-thickness:1px;text-underline-offset:.18em}
a:hover{text-decoration-color:var(--ink);text-decoration-thickness:2px}
a:focus-visible,button:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:2px solid var(--after);outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.3rem .6rem;z-index:1}
small,.small{font-size:.88em}
td.small{overflow-wrap:break-word}
.muted,.why{color:var(--muted)}
code,.code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,Liberation Mono,monospace;font-size:.86em;overflow-wrap:anywhere}
.kicker{margin:0;color:var(--muted);letter-spacing:.02em}
.overall{display:grid;grid-template-columns:auto 1fr;gap:.1rem 1rem;align-items:center;margin:1.2rem 0 1rem;padding:.9rem 1.1rem;border:2px solid var(--tone);border-left-width:10px}
.overall .mark{width:2.4rem;height:2.4rem;grid-row:span 2;color:var(--tone)}
.overall .word{margin:0;font-size:1.5rem;line-height:1.2;font-weight:700;color:var(--tone)}
.overall .says{margin:0;max-width:none}
.hardware{margin:0 0 1rem;padding:.65rem 1.1rem;border:1px solid var(--unsure);border-left:10px solid var(--unsure);max-width:none}
.hardware strong{color:var(--unsure)}
.takes{margin:1rem 0;padding:.65rem 1.1rem;border:1px solid var(--after);border-left:10px solid var(--after);max-width:none}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:.5rem 1.5rem;margin:1.2rem 0 0}
.facts div{min-width:0}
.facts dt{color:var(--muted);font-size:.82rem}
.facts dd{margin:0;overflow-wrap:anywhere}
.counts{display:flex;flex-wrap:wrap;gap:.3rem 1.6rem;list-style:none;margin:.2rem 0 1rem;padding:0}
.contents{margin:1.6rem 0 0;padding:.7rem 0 0;border-top:1px solid var(--rule);font-size:.88rem}
.contents ol{columns:14rem 4;list-style:none;margin:0;padding:0}
.contents li{break-inside:avoid}
.met{--tone:var(--good)}.missed,.aborted,.unhealed,.critical,.worse{--tone:var(--limit)}.undecided,.warning,.too-noisy{--tone:var(--unsure)}
.not-testable,.no-difference-shown{--tone:var(--muted)}.no-difference-shown.verdict,.too-noisy.verdict{white-space:normal}.better{--tone:var(--good)}
.verdict{color:var(--tone);font-weight:650;white-space:nowrap}
.mark{width:1em;height:1em;vertical-align:-.13em;flex:none}
.scroll{overflow-x:auto;margin:.3rem 0 1rem;position:relative}
table{border-collapse:collapse;width:100%;font-size:.87rem;line-height:1.4}
caption{text-align:left;font-weight:650;padding:.3rem 0;font-size:1.03em}
caption .small{font-weight:400}
th,td{padding:.42rem .7rem .42rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
th:last-child,td:last-child{padding-right:0}
thead th{font-size:.9em;font-weight:600;color:var(--muted);border-bottom:1px solid var(--ink);vertical-align:bottom;line-height:1.25}
tbody th{font-weight:400}
.n,td.n,th.n{text-align:right}
td.n{white-space:nowrap}
td.n.list{white-space:normal;min-width:11rem}
.nb{white-space:nowrap}
.fixed{min-width:54rem;table-layout:fixed}
.grouped tbody{border-bottom:1px solid var(--muted)}
tr.group th{padding-top:1rem;font-weight:650}
.below{display:block}
figure{margin:1.4rem 0 1.8rem;break-inside:avoid}
figcaption{font-weight:650}
figcaption p{font-weight:400;color:var(--muted);font-size:.87rem;margin:.1rem 0 .3rem;max-width:none}
.plot{display:block;height:auto;width:100%}
.w680{max-width:50rem;min-width:42rem}
.w332{max-width:26rem}
.panels{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,21rem),1fr));gap:0 2rem}
.panels .plot{max-width:26rem}
.panels figure{margin:1rem 0;min-width:0;display:flex;flex-direction:column}
.panels .scroll{margin-top:auto}
.panels details .scroll{margin-top:.3rem}
.legend{display:flex;flex-wrap:wrap;gap:.15rem 1.2rem;list-style:none;margin:.2rem 0 .4rem;padding:0;font-size:.82rem;color:var(--muted)}
.legend .key{vertical-align:-.15em;margin-right:.2em}
details{margin:.2rem 0 .6rem}
summary{cursor:pointer;color:var(--muted);font-size:.85rem}
details[open]>summary{margin-bottom:.2rem}
.annex>details{border-bottom:1px solid var(--rule);margin:0;padding:.3rem 0}
.annex>details>summary{color:var(--ink);font-size:.88rem}
.findings{list-style:none;margin:.4rem 0 1rem;padding:0}
.findings li{border-left:4px solid var(--tone);padding:.1rem 0 .1rem .8rem;margin:.7rem 0}
.findings p{margin:.1rem 0;max-width:none}
.copy{font:inherit;font-size:.75rem;color:var(--muted);background:none;border:1px solid var(--rule);border-radius:3px;padding:.05rem .5rem;margin-left:.6rem;cursor:pointer;font-weight:400}
.copy:hover{color:var(--ink);border-color:var(--muted)}
.copy[hidden]{display:none}
.sign{break-inside:avoid}
.sign table{font-size:.87rem}
.sign th{width:11rem;color:var(--muted);font-weight:400;vertical-align:bottom;padding-bottom:.3rem}
.sign td{height:3rem;vertical-align:bottom;border-bottom:1px solid var(--ink);padding-bottom:.3rem}
.sign thead td,.sign thead th{height:auto;border-bottom:0}
.sign td+td{border-left:2rem solid var(--paper)}
.sign tr:nth-child(4) td,.sign tr:nth-child(6) td{height:4.6rem}
.sign .copy{display:none}
.box{display:inline-block;width:.85em;height:.85em;border:1.5px solid var(--ink);margin-right:.4em;vertical-align:-.08em}
.choices>span{display:block;margin:.25rem 0}
footer{margin-top:3rem;border-top:1px solid var(--rule);padding-top:.6rem;color:var(--muted);font-size:.8rem}
@media (max-width:40rem){body{font-size:14px}.page{padding:1rem .9rem 3rem}h1{font-size:1.4rem}.overall{grid-template-columns:1fr;padding:.7rem .8rem}.overall .mark{grid-row:auto}.facts{grid-template-columns:1fr 1fr;gap:.5rem 1rem}}
@page{size:A4;margin:16mm 14mm 18mm}
@media print{
:root{color-scheme:light;${variables('light')};--tint:#fff}
body{font-size:9.5pt;line-height:1.4}
.page{max-width:none;padding:0}
.copy,.contents,.skip,summary{display:none}
.scroll{overflow:visible}
.fixed{min-width:0}
table{font-size:8pt}
.annex{display:none}
thead{display:table-header-group}
tr,.findings li,.facts div{break-inside:avoid}
h2,h3,caption,figcaption{break-after:avoid}
h2{margin-top:1.6rem}
.w680{min-width:0;max-width:none}
.panels{grid-template-columns:1fr 1fr}
a{text-decoration-color:var(--rule)}
.sign,#conformance,#requirements{break-before:page}
.mark,.key,.plot,.overall,.hardware{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
`.trim();

/** Copies a table as tab-separated text. The report is complete without it: the buttons appear only where it runs. */
export const copyScript = `
(()=>{
const text=cell=>cell.textContent.replace(/\\s+/g,' ').trim();
for(const button of document.querySelectorAll('button.copy')){
const table=button.closest('table');
if(!table)continue;
button.hidden=false;
button.addEventListener('click',async()=>{
const grid=[];
[...table.rows].forEach((row,r)=>{grid[r]??=[];let c=0;for(const cell of row.cells){while(grid[r][c]!==undefined)c++;for(let i=0;i<cell.rowSpan;i++){grid[r+i]??=[];for(let j=0;j<cell.colSpan;j++)grid[r+i][c+j]=j===0?text(cell):''}}});
const tsv=grid.map(row=>row.join('\\t')).join('\\n');
let done=false;
try{await navigator.clipboard.writeText(tsv);done=true}catch{const area=document.createElement('textarea');area.value=tsv;document.body.append(area);area.select();done=document.execCommand('copy');area.remove()}
button.textContent=done?'Copied':'Not allowed by the browser';
setTimeout(()=>{button.textContent='Copy'},2000)
})}
})();
`.trim();
