import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const usual = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].map((name) =>
  path.join('/usr/bin', name),
)

/** Chromium's program: `OVERLAP_CHROMIUM`, or where Linux distributions put it; undefined where there is none. Throws when the variable names none. */
export function findChromium(named = process.env.OVERLAP_CHROMIUM): string | undefined {
  if (named === undefined || named === '') return usual.find(isProgram)
  if (!isProgram(named)) throw new Error(`OVERLAP_CHROMIUM is ${named}, which is no program`)
  return named
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Its profile is a new folder among the temporary ones, and goes when it is closed. It asks for nothing by itself. */
export function launchChromium(program: string): Promise<Browser> {
  return chromium.launch({
    executablePath: program,
    // Debian's is a shell script, which needs more programs than a test's own PATH may have.
    env: { ...process.env, PATH: [process.env.PATH, '/usr/bin', '/bin'].join(path.delimiter) },
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** As `findChromium`; where there is none it says what cannot be tested. */
export function chromiumFor(what: string): string | undefined {
  const program = findChromium()
  if (program === undefined)
    console.warn(`SKIPPED, for want of Chromium: ${what}. Install it, or name it in OVERLAP_CHROMIUM.`)
  return program
}

/** For what a browser does soon, on a machine that has much else to do. */
export const PATIENCE = { timeout: 20_000 }
