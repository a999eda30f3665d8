/** What a template's intrinsics are resolved against. */
export interface Scope {
  /** Pseudo parameters, such as `AWS::Region`. */
  readonly pseudo: Readonly<Record<string, string>>
  /** What Ref of a resource gives; undefined when there is none of this logical id. */
  ref(logicalId: string): string | undefined
  /** What Fn::GetAtt gives; undefined when the resource or the attribute is not known. */
  attribute(logicalId: string, name: string): string | undefined
}

/** `AWS::NoValue`: the property that has it is as if it had not been written. */
const NOTHING = Symbol('AWS::NoValue')

/**
 * The value of a template with its intrinsics resolved
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html).
 *
 * @param at where the value stands, for the error: a logical id and the path in it
 * @throws for an intrinsic that is not known here, and for a reference that leads nowhere
 */
export function resolve(value: unknown, scope: Scope, at: string): unknown {
  const resolved = resolveValue(value, scope, at)
  return resolved === NOTHING ? undefined : resolved
}

function resolveValue(value: unknown, scope: Scope, at: string): unknown {
  if (Array.isArray(value))
    return value.map((item, n) => resolveValue(item, scope, `${at}[${n}]`)).filter((item) => item !== NOTHING)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  const [name, argument] = entries[0] ?? []
  if (name !== undefined && isIntrinsic(name)) {
    if (entries.length > 1) throw new Error(`${at}: ${name} does not stand alone`)
    return call(name, argument, scope, at)
  }
  return Object.fromEntries(
    entries
      .map(([key, inner]) => [key, resolveValue(inner, scope, `${at}.${key}`)] as const)
      .filter(([, inner]) => inner !== NOTHING),
  )
}

function isIntrinsic(name: string): boolean {
  return name === 'Ref' || name.startsWith('Fn::')
}

function call(name: string, argument: unknown, scope: Scope, at: string): unknown {
  const resolved = () => resolveValue(argument, scope, `${at}.${name}`)
  switch (name) {
    case 'Ref':
      return reference(argument, scope, at)
    case 'Fn::GetAtt':
      return attribute(argument, scope, at)
    case 'Fn::Join': {
      const [delimiter, parts] = pair(resolved(), name, at)
      return texts(parts, name, at).join(text(delimiter, name, at))
    }
    case 'Fn::Split': {
      const [delimiter, source] = pair(resolved(), name, at)
      return text(source, name, at).split(text(delimiter, name, at))
    }
    case 'Fn::Select': {
      const [index, list] = pair(resolved(), name, at)
      const chosen = Array.isArray(list) ? list[Number(index)] : undefined
      if (chosen === undefined) throw new Error(`${at}: Fn::Select has no item ${index}`)
      return chosen
    }
    case 'Fn::Sub':
      return substitute(argument, scope, at)
    default:
      throw new Error(`${at}: the sandbox does not know ${name}`)
  }
}

function reference(argument: unknown, scope: Scope, at: string): unknown {
  const name = text(argument, 'Ref', at)
  if (name === 'AWS::NoValue') return NOTHING
  const found = scope.pseudo[name] ?? scope.ref(name)
  if (found === undefined) throw new Error(`${at}: Ref of ${name} leads nowhere`)
  return found
}

function attribute(argument: unknown, scope: Scope, at: string): string {
  const [logicalId = '', ...rest] =
    typeof argument === 'string' ? argument.split('.') : texts(argument, 'Fn::GetAtt', at)
  const name = rest.join('.')
  const found = scope.attribute(logicalId, name)
  if (found === undefined) throw new Error(`${at}: Fn::GetAtt of ${logicalId}.${name} leads nowhere`)
  return found
}

function substitute(argument: unknown, scope: Scope, at: string): string {
  const [template, variables] = Array.isArray(argument) ? argument : [argument, {}]
  const own = resolveValue(variables, scope, `${at}.Fn::Sub`) as Readonly<Record<string, unknown>>
  return text(template, 'Fn::Sub', at).replace(/\$\{(!?)([^}]*)\}/g, (_, literal: string, name: string) => {
    if (literal) return `\${${name}}`
    if (name in own) return text(own[name], 'Fn::Sub', at)
    const value = name.includes('.') ? attribute(name, scope, at) : reference(name, scope, at)
    return text(value, 'Fn::Sub', at)
  })
}

function pair(value: unknown, name: string, at: string): readonly [unknown, unknown] {
  if (Array.isArray(value) && value.length === 2) return [value[0], value[1]]
  throw new Error(`${at}: ${name} needs two arguments`)
}

/** Numbers are texts to CloudFormation. */
function text(value: unknown, name: string, at: string): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  throw new Error(`${at}: ${name} needs a text`)
}

function texts(value: unknown, name: string, at: string): readonly string[] {
  if (Array.isArray(value)) return value.map((item) => text(item, name, at))
  throw new Error(`${at}: ${name} needs a list of texts`)
}

/** Every logical id (or parameter) that a value of a template refers to. */
export function referencesIn(value: unknown): ReadonlySet<string> {
  const found = new Set<string>()
  collect(value, found)
  return found
}

function collect(value: unknown, found: Set<string>): void {
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value)) {
    if (name === 'Ref' && typeof inner === 'string') found.add(inner)
    else if (name === 'Fn::GetAtt')
      found.add(typeof inner === 'string' ? (inner.split('.')[0] ?? '') : inner[0])
    else if (name === 'Fn::Sub') collectSubstitutions(inner, found)
    else collect(inner, found)
  }
}

function collectSubstitutions(argument: unknown, found: Set<string>): void {
  const [template, variables] = Array.isArray(argument) ? argument : [argument, {}]
  collect(variables, found)
  for (const [, name = ''] of String(template).matchAll(/\$\{([^!}][^}]*)\}/g))
    if (!(name in variables)) found.add(name.split('.')[0] ?? '')
}
