import 'uplot/dist/uPlot.min.css'
import './styles/tokens.css'
import './styles/page.css'
import './styles/controls.css'
import './styles/charts.css'
import './styles/tables.css'
import type { ReportData } from '../report-data.js'
import { showDifference } from './difference.js'
import { byId } from './dom.js'
import { showFlameGraph } from './flame-graph.js'
import { kindColors } from './kind-colors.js'
import { showKinds, showOverview } from './overview.js'
import { ReportModel } from './report-model.js'
import { siteDetail } from './site-detail.js'
import { showSiteTable } from './site-table.js'
import { showTimeline } from './timeline.js'

const model = new ReportModel(JSON.parse(byId('report-data').textContent as string) as ReportData)
const colorOf = kindColors(model.data.kinds.map(({ kind }) => kind))
const open = siteDetail(model, colorOf)

showOverview(model, colorOf, open)
showDifference(model, colorOf, open)
showTimeline(model.data, colorOf)
showKinds(model, colorOf)
const sites = showSiteTable(model, colorOf, open)
showFlameGraph(model, colorOf, { openSite: open, listSites: sites.filter })
