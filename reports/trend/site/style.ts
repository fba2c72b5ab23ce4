import {styleSheet} from '../../document/style.ts';

const light = '--k0:#e4e9ed;--w1:#f3b08f;--w2:#dc6237;--w3:#9c1c10;--b1:#a9cdec;--b2:#4f93cf;--b3:#17559a';
const dark = '--k0:#2a323b;--w1:#8a4630;--w2:#d2633c;--w3:#ff9d7d;--b1:#2b527c;--b2:#4789c4;--b3:#9acbf7';

/** The report's own sheet, and what only trend pages have. */
export const trendStyle = `${styleSheet}
:root{${light}}
@media (prefers-color-scheme:dark){:root{${dark}}}
.page.wide{max-width:86rem}
.k0{fill:var(--k0)}.w1{fill:var(--w1)}.w2{fill:var(--w2)}.w3{fill:var(--w3)}.b1{fill:var(--b1)}.b2{fill:var(--b2)}.b3{fill:var(--b3)}
.gap{fill:var(--muted)}.pinned{fill:var(--fourth)}.ground{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:3 2;fill:none}.stem{stroke:var(--ink);stroke-width:1;fill:none}
.m-confirmed{fill:var(--limit)}.m-suspected{fill:var(--paper);stroke:var(--unsure);stroke-width:1.8}.m-better{fill:var(--good)}.m-past{fill:var(--paper);stroke:var(--muted);stroke-width:1.3}
.m-acknowledged{fill:var(--ink)}.m-letter{fill:var(--paper);font-weight:700}
.sign{vertical-align:-.1em;flex:none}
.strip,.axis{display:block}
.axis text{font-size:10px;fill:var(--muted)}.axis .tick{stroke:var(--rule);fill:none}.axis .lost{stroke:var(--limit);stroke-width:1.4;fill:none}
.board{width:auto;min-width:100%}
.board th,.board td{padding:.12rem .7rem .12rem 0;vertical-align:middle;border-bottom:1px solid var(--grid)}
.board thead th{border-bottom:0}
.board .group th{padding-top:1.3rem;padding-bottom:.25rem;border-bottom:1px solid var(--ink);vertical-align:bottom}
.board .group h3{margin:0;font-size:.95rem;white-space:nowrap}.board .group .small{font-weight:400}
.board tbody th{min-width:13rem;max-width:20rem;line-height:1.25}.board .standing{white-space:normal}
.board .map{padding-right:.6rem}
.board .why{font-size:.93em;white-space:nowrap}
.confirmed{--tone:var(--limit)}.suspected{--tone:var(--unsure)}.missing{--tone:var(--unsure)}.acknowledged,.past,.steady,.gone,.too-short{--tone:var(--muted)}
.standing{color:var(--tone);font-weight:650;white-space:nowrap}
.find{display:flex;gap:.6rem;align-items:center;margin:.4rem 0}.find[hidden]{display:none}
.find input{font:inherit;padding:.2rem .5rem;border:1px solid var(--muted);border-radius:3px;background:var(--paper);color:var(--ink);min-width:18rem}
#at{position:fixed;pointer-events:none;background:var(--ink);color:var(--paper);font-size:.78rem;padding:.15rem .5rem;border-radius:3px;z-index:2}#at[hidden]{display:none}
.w900{max-width:60rem;min-width:44rem}
.crumbs{font-size:.88rem;margin:0 0 1rem}
@media print{:root{${light}}.find,#at,.crumbs{display:none}.strip,.axis,.sign,.key{-webkit-print-color-adjust:exact;print-color-adjust:exact}.board{font-size:7pt}.board .group h3{font-size:8pt}.board .group th{padding-top:.6rem}.board .strip,.board .axis{width:11cm;height:auto}.board tbody th{min-width:0}.w900{min-width:0;max-width:none}}
@page{size:A4}
`.trim();

/** Finds rows by their text, and says which night the pointer is on. The page is complete without it. */
export const boardScript = `
(()=>{
const find=document.querySelector('.find'),input=find?.querySelector('input'),count=find?.querySelector('output');
if(find&&input){
find.hidden=false;
const rows=[...document.querySelectorAll('.board tr[data-n]')].map(row=>[row,row.textContent.toLowerCase()+' '+row.dataset.n]);
input.addEventListener('input',()=>{
const words=input.value.toLowerCase().split(/\\s+/).filter(Boolean);let shown=0;
for(const [row,text] of rows){row.hidden=!words.every(word=>text.includes(word));if(!row.hidden)shown++}
for(const body of document.querySelectorAll('.board tbody'))body.hidden=!body.querySelector('tr[data-n]:not([hidden])');
count.textContent=shown+' of '+rows.length})}
const at=document.getElementById('at'),nights=(document.querySelector('.board')?.dataset.nights??'').split(' ');
for(const strip of document.querySelectorAll('.strip')){
strip.addEventListener('pointermove',event=>{
const box=strip.getBoundingClientRect(),width=strip.viewBox.baseVal.width;
const column=Math.floor(((event.clientX-box.left)/box.width*width-6)/(width-12)*nights.length);
const change=strip.dataset.c.split(',')[column];
at.hidden=change===undefined;
if(change===undefined)return;
at.textContent=nights[column]+(change==='x'?': missing':change===''?': nothing expected':': '+(change>0?'+':'')+change.replace('-','−')+' %');
at.style.left=Math.min(event.clientX+14,innerWidth-at.offsetWidth-8)+'px';at.style.top=event.clientY+16+'px'});
strip.addEventListener('pointerleave',()=>{at.hidden=true})}
})();
`.trim();
