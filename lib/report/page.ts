import { createHash } from 'node:crypto'
import { escapeHtml, jsonForScript, visible } from './escape.js'
import type { ReportData } from './report-data.js'

export interface PageParts {
  /** What was run, for the title. */
  command: string
  data: ReportData
  /** The program of the page, as a classic script. */
  script: string
  styles: string
  /** Of the libraries in the script. */
  licenses: string
}

/** The frame of the page; its program fills the sections. */
export function reportPage({ command, data, script, styles, licenses }: PageParts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy(script, styles)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(visible(command))} · Holdfast report</title>
<link rel="icon" href="${ICON}">
<style>${styles}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header id="header" class="page-header"></header>
<main id="main" tabindex="-1">
<noscript><p class="note">This report needs JavaScript. Everything it shows is in this file; nothing is loaded.</p></noscript>
<section id="summary" aria-label="Key figures"></section>
${data.comparison === null ? '' : section('difference', 'What changed')}
${section('timeline', 'Timeline')}
${section('flame-graph', 'Where memory comes from')}
${data.kinds.length === 0 ? '' : section('kinds', 'By kind')}
${section('sites', 'Creation sites')}
</main>
<footer class="page-footer">
<p>Made by Holdfast from a recording. Nothing in this file is loaded from elsewhere or sent anywhere.</p>
<details><summary>Licenses of the libraries in this report</summary><pre tabindex="0">${escapeHtml(licenses)}</pre></details>
</footer>
<script type="application/json" id="report-data">${jsonForScript(data)}</script>
<script>${script}</script>
</body>
</html>
`
}

function section(id: string, title: string): string {
  return `<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2></section>`
}

/** Only this script and these styles: the page can load nothing, and markup that got into it could run nothing. */
function contentSecurityPolicy(script: string, styles: string): string {
  return [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(styles)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

// Without one, a browser that gets the page from a server asks the server for an icon.
const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#0f766e"/>' +
    '<path d="M4 4h8v2H4zM4 7h5v2H4zM4 10h3v2H4z" fill="#fff"/></svg>',
)}`
