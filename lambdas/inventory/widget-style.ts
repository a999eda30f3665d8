import { Html } from './html.ts'

/** Under the dashboard's own styles, which colour links and tables by its theme. */
export const widgetStyle = new Html(`
.overlap { font-size: 13px; color: #16191f; }
.overlap.dark { color: #e9ebed; }
.overlap table { width: 100%; border-collapse: collapse; color: inherit; font-size: inherit; }
.overlap caption, .overlap .small { color: #545b64; font-size: 12px; text-align: left; }
.overlap.dark caption, .overlap.dark .small { color: #b6bec9; }
.overlap th, .overlap td { box-sizing: border-box; min-width: 5.8em; padding: 4px 6px; text-align: left; vertical-align: top; overflow-wrap: anywhere; border-bottom: 1px solid #88888855; }
.overlap th[scope=row] { min-width: 11em; font-weight: normal; }
.overlap thead a { cursor: pointer; }
.overlap pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.overlap .note { border-left: 4px solid #d13212; padding-left: 8px; }
`)
