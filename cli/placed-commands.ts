import { type Place, placeFlags } from './place-flags.ts'

/** The beginning of a command that a function may print: flags may stand right behind it, wherever it ends. */
const beginning = /npm run overlap -- [a-z]+|aws secretsmanager [a-z-]+/g

/** Commands in a text, so that they look where this one did: a function knows neither the profile nor how its Region was named. */
export function placedCommands(text: string, place: Place): string {
  return text.replaceAll(beginning, (words) => `${words}${placeFlags(place)}`)
}
