/** Text that must be shown as text wherever it stands. A case that runs sets `globalThis.__planted` or opens a dialog. */
export interface XssCase {
  name: string;
  text: string;
}

const mark = "globalThis.__planted=1";
const remote = "https://tracker.example";

export const xssCases: readonly XssCase[] = [
  { name: "script element", text: `<script>${mark}</script>` },
  { name: "closing title and script", text: `</title></textarea></style><script>${mark}</script>` },
  { name: "image with onerror", text: `<img src=x onerror="${mark}">` },
  { name: "remote image in HTML", text: `<img src="${remote}/a.png">` },
  {
    name: "svg with onload",
    text: `<svg onload="${mark}"><animate onbegin="${mark}" attributeName=x dur=1s></svg>`,
  },
  { name: "svg in a data address", text: `![x](data:image/svg+xml,<svg/onload=${mark}>)` },
  { name: "javascript link", text: `[click](javascript:${mark})` },
  { name: "javascript link with entities", text: `[click](&#106;avascript:${mark})` },
  { name: "javascript link in angle brackets", text: `<javascript:${mark}>` },
  { name: "javascript link with a tab", text: `<a href="java\tscript:${mark}">click</a>` },
  { name: "vbscript link", text: `[click](vbscript:${mark})` },
  { name: "data link", text: `[click](data:text/html,<script>${mark}</script>)` },
  { name: "remote image in Markdown", text: `![pixel](${remote}/b.png)` },
  { name: "remote image by reference", text: `![pixel][far]\n\n[far]: ${remote}/c.png` },
  { name: "protocol-relative image", text: "![pixel](//tracker.example/d.png)" },
  { name: "frame", text: `<iframe srcdoc="<script>parent.__planted=1</script>"></iframe>` },
  { name: "object and embed", text: `<object data="javascript:${mark}"></object><embed src="${remote}/e">` },
  { name: "form to another host", text: `<form action="${remote}/f"><button autofocus>send</button></form>` },
  { name: "style sheet", text: `<style>@import url("${remote}/g.css");body{display:none}</style>` },
  { name: "style attribute", text: `<p style="background:url(${remote}/h.png)">styled</p>` },
  {
    name: "link and meta",
    text: `<link rel=stylesheet href="${remote}/i.css"><meta http-equiv=refresh content="0;url=${remote}">`,
  },
  { name: "base", text: `<base href="${remote}/">` },
  { name: "details with ontoggle", text: `<details open ontoggle="${mark}">x</details>` },
  {
    name: "video and audio",
    text: `<video src="${remote}/j.mp4" onerror="${mark}"></video><audio autoplay src="${remote}/k"></audio>`,
  },
  {
    name: "MathML with a link",
    text: `<math><mtext><a xlink:href="javascript:${mark}">x</a></mtext></math>`,
  },
  {
    name: "formula with a link",
    text: `$$\\href{javascript:${mark}}{x} \\includegraphics{${remote}/l.png} \\htmlData{a=b}{y}$$`,
  },
  { name: "code fence with markup as language", text: `\`\`\`"><img src=x onerror=${mark}>\ncode\n\`\`\`` },
  { name: "mermaid fence", text: `\`\`\`mermaid\ngraph TD; A["<img src=x onerror=${mark}>"]\n\`\`\`` },
  {
    name: "template words",
    text: "{{constructor.constructor('globalThis.__planted=1')()}} ${globalThis.__planted=1}",
  },
  { name: "attribute break", text: `" onmouseover="${mark}" autofocus onfocus="${mark}" x="` },
  { name: "single quote break", text: `' onfocus='${mark}' autofocus '` },
  { name: "HTML entities", text: "&lt;script&gt;globalThis.__planted=1&lt;/script&gt; &#x3C;b&#x3E;" },
  {
    name: "right-to-left and zero-width",
    text: "safe\u202Egnp.exe\u202C zero\u200Bwidth\u2060 \uFEFFmark \u2066isolate\u2069",
  },
  { name: "null and control characters", text: "null\u0000 escape\u001B[31m delete\u007F" },
  { name: "closing comment", text: `--><script>${mark}</script><!--` },
  { name: "CDATA", text: `<![CDATA[<script>${mark}</script>]]>` },
];

/** Whether any of the cases ran in the page that this is evaluated in. */
export const plantedMarker = "globalThis.__planted";
