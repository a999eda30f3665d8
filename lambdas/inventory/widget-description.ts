import { sortKeys } from './report-order.ts'
import { viewNames } from './widget-request.ts'

/** What the widget's editor shows of its parameters, in Markdown. */
export const describeWidget = `## Overlap: how old secrets are
Lists of the secrets of this account and Region. No value of a secret is read.

### Parameters
- **view**: ${viewNames.map((name) => `\`${name}\``).join(', ')}
- **sort** (optional): ${sortKeys.map((key) => `\`${key}\``).join(', ')}
- **descending** (optional): \`true\` or \`false\`

### Example
\`\`\` yaml
view: stale
sort: age
descending: true
\`\`\`
`
