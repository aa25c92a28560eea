import { type EChartsOption, init } from 'echarts'
import { type Config, optimize } from 'svgo'

export interface Drawing {
  readonly title: string
  /** For those who cannot see it. */
  readonly description: string
  readonly width: number
  readonly height: number
  readonly option: EChartsOption
  /** Of a pixel. Default 1 */
  readonly decimals?: number
}

const CONFIGURATION: Config = {
  multipass: true,
  plugins: [
    'preset-default',
    // For a mouse, which a picture has none of; and what is said once for all texts, see below.
    {
      name: 'removeAttrs',
      params: { attrs: ['class', 'pointer-events', 'xml.space', 'font-family', 'stroke-linecap', 'dominant-baseline'] },
    },
    'convertStyleToAttrs',
    'moveElemsAttrsToGroup',
    'collapseGroups',
  ],
}

/** As text that a screen reader can make something of. */
export function drawSvg({ title, description, width, height, option, decimals = 1 }: Drawing): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    chart.setOption({ animation: false, backgroundColor: '#ffffff', ...option })
    const { data } = optimize(chart.renderToSVGString(), { ...CONFIGURATION, floatPrecision: decimals })
    const words = `<title>${escapeXml(title)}</title><desc>${escapeXml(description)}</desc>`
    return data.replace(
      /^(<svg[^>]*)>/,
      (_, tag: string) => `${tag} role="img" font-family="${FONT}" dominant-baseline="central">${words}`,
    )
  } finally {
    chart.dispose()
  }
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

// In pixels of the width that GitHub gives a page. The background is white whatever the page's is.
export const WIDTH = 900
export const TEXT = '#333333'
export const RULE = '#dddddd'
const FONT = 'Helvetica, Arial, sans-serif'

export const text = (fontSize: number, fontWeight: 'normal' | 'bold' = 'normal') =>
  ({ color: TEXT, fontFamily: FONT, fontSize, fontWeight }) as const
