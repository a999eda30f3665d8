/** The report's style sheet: its columns on a wide screen, one block for each credential on a narrow one, and for paper without what only a screen can use. */
export const reportStyle = `
:root { --ink: #1b1f24; --dim: #57606a; --line: #d0d7de; --back: #fff; --band: #f6f8fa; --bad: #a40e26; --warn: #7a4a00; --good: #116329; --link: #0550ae }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --dim: #9ea7b3; --line: #3d444d; --back: #0d1117; --band: #161b22; --bad: #ff9492; --warn: #f0b72f; --good: #6bc46d; --link: #79b8ff }
}
* { box-sizing: border-box }
[hidden] { display: none !important }
body { margin: 0 auto; max-width: 1600px; padding: 1rem 1.5rem; font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--back) }
h1 { margin: 0; font-size: 1.5rem; overflow-wrap: anywhere }
header p, small, caption, #shown { color: var(--dim) }
small { display: block; font-size: .85em; font-weight: normal }
a { color: var(--link) }
.notes { margin: 1rem 0; padding: .6rem 1rem .6rem 2rem; border-left: 4px solid var(--warn); background: var(--band) }
.counts { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0; padding: 0; list-style: none }
.counts li { padding: .4rem .8rem; border: 1px solid var(--line); border-radius: 6px; background: var(--band) }
.counts b { font-size: 1.3em }
td span { white-space: nowrap; font-weight: 600 }
td span:not(:last-of-type)::after { content: ',' }
.never_rotated, .stale, .blocked { color: var(--bad) }
.due, .age_unknown, .unowned, .on_hold, .disabled { color: var(--warn) }
.fresh { color: var(--good) }
form { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem }
label { display: flex; align-items: center; gap: .5rem; max-width: 100% }
input, select, button { min-width: 0; font: inherit; color: inherit }
input, select { padding: .35rem .5rem; border: 1px solid var(--dim); border-radius: 6px; background: var(--back) }
input { width: 24rem }
#shown { min-height: 1.45em; margin: .5rem 0 }
table, caption, thead, tbody, th, td { display: block }
caption { padding: .5rem 0; text-align: left }
tr { display: grid; grid-template-columns: 18fr 10fr 12fr 17fr 10fr 10fr 25fr; border-bottom: 1px solid var(--line) }
tbody tr { content-visibility: auto; contain-intrinsic-size: auto 5rem }
th, td { min-width: 0; padding: .5rem .6rem; text-align: left; overflow-wrap: anywhere }
thead { position: sticky; top: 0; z-index: 1; background: var(--band) }
tbody th { font-weight: 600 }
thead button { padding: 0; border: 0; background: none; font-weight: 600; text-align: left; cursor: pointer }
thead button:hover { text-decoration: underline }
thead button::after { color: var(--dim); content: ' \\2195' / '' }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
[aria-sort=ascending] button::after { content: ' \\25b2' / '' }
[aria-sort=descending] button::after { content: ' \\25bc' / '' }
summary { cursor: pointer }
summary div { display: inline-block; max-width: calc(100% - 1.3em); vertical-align: top }
tbody details:not([open]) div { display: -webkit-inline-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden }
pre { margin: .3rem 0; padding: .5rem; background: var(--band); font-size: .85em; white-space: pre-wrap; overflow-wrap: anywhere }
.glossary { margin: 1.5rem 0 }
dt { margin-top: .5rem; font-weight: 600 }
dd { margin: 0 }
@media screen and (max-width: 900px) {
  body { padding: .75rem }
  input { width: 100% }
  tbody tr { display: block }
  thead { position: static }
  thead tr { display: flex; flex-wrap: wrap; gap: .2rem .9rem }
  thead th { padding: .3rem 0 }
  tbody tr { margin: .75rem 0; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: 6px }
  tbody th, tbody td { padding: .15rem 0 }
  td::before { margin-right: .4rem; color: var(--dim) }
  td:nth-child(2)::before { content: 'Owner:' }
  td:nth-child(3)::before { content: 'Age:' }
  td:nth-child(4)::before { content: 'State:' }
  td:nth-child(5)::before { content: 'Last rotated:' }
  td:nth-child(6)::before { content: 'Next due:' }
}
@media print {
  :root { --ink: #000; --dim: #333; --line: #999; --back: #fff; --band: #fff; --bad: #000; --warn: #000; --good: #000; --link: #000 }
  body { padding: 0; font-size: 10px }
  form, #shown { display: none }
  thead { position: static }
  tbody tr { content-visibility: visible; break-inside: avoid }
}
`
