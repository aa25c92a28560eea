import { describe, expect, it } from 'vitest'
import { escapeHtml, jsonForScript, visible } from '../../../lib/report/escape.js'

describe('HTML', () => {
  it('gets no character that ends a text or an attribute', () => {
    expect(escapeHtml(`<a href="x" id='y'>&amp;</a>`)).toBe(
      '&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;',
    )
  })
})

describe('JSON in a script element', () => {
  it('says the same, and cannot end the element or open a comment', () => {
    const value = { text: '</script><!--<script>', list: [1, null, '<'], '<': true }
    const json = jsonForScript(value)
    expect(json).not.toContain('<')
    expect(JSON.parse(json)).toEqual(value)
  })

  it('shows what cannot be seen', () => {
    expect(JSON.parse(jsonForScript(['a\u202eb\0c\u2028']))).toEqual(['a\\u202eb\\u0000c\\u2028'])
  })
})

describe('visible text', () => {
  it('is as it was where all of it can be seen', () => {
    expect(visible('src/größe/файл 図.js:1 → x')).toBe('src/größe/файл 図.js:1 → x')
  })

  it('shows what turns the direction, breaks lines or has no width as an escape', () => {
    expect(visible('\u202eevil\u200b\n\ufeff')).toBe('\\u202eevil\\u200b\\u000a\\ufeff')
  })
})
