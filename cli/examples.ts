/** For a command's help: command lines, without what starts the program. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  npm run overlap -- ${line}`).join('\n')}`
}
