/**
 * The rules for names, label keys and label values: each gives the list of what is wrong, empty when valid.
 * Upstream: apimachinery pkg/util/validation/validation.go and pkg/api/validate/content, release 1.36.
 * Simplified: only the rules the simulator's objects need.
 */

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const ENDS = 'and must start and end with an alphanumeric character'

interface Pattern {
  readonly expression: RegExp
  readonly refusal: string
}

function pattern(source: string, rule: string, ...examples: string[]): Pattern {
  const shown = examples.map(example => `'${example}', `).join(' or ')
  return {
    expression: new RegExp(`^(?:${source})$`),
    refusal: `${rule} (e.g. ${shown}regex used for validation is '${source}')`,
  }
}

const dns1123LabelPattern = pattern(
  LABEL,
  `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', ${ENDS}`,
  'my-name',
  '123-abc',
)
const dns1123SubdomainPattern = pattern(
  SUBDOMAIN,
  `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', ${ENDS}`,
  'example.com',
)
const dns1035LabelPattern = pattern(
  '[a-z]([-a-z0-9]*[a-z0-9])?',
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic " +
    'character, and end with an alphanumeric character',
  'my-name',
  'abc-123',
)
const qualifiedNamePattern = pattern(
  QUALIFIED,
  `must consist of alphanumeric characters, '-', '_' or '.', ${ENDS}`,
  'MyName',
  'my.name',
  '123-abc',
)
const labelValuePattern = pattern(
  `(${QUALIFIED})?`,
  `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', ${ENDS}`,
  'MyValue',
  'my_value',
  '12345',
)
const envVarNamePattern = pattern(
  '[-._a-zA-Z][-._a-zA-Z0-9]*',
  "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', " +
    'and must not start with a digit',
  'my.env-name',
  'MY_ENV.NAME',
  'MyEnvName1',
)
const configMapKeyPattern = pattern(
  '[-._a-zA-Z0-9]+',
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  'key.name',
  'KEY_NAME',
  'key-name',
)

/** The name of a namespace, a port of a pod, a part of a host name: no dots, at most 63 bytes. */
export function dns1123LabelErrors(text: string): string[] {
  const errors = tooLong(text, 63, 'characters')
  if (dns1123LabelPattern.expression.test(text)) return errors
  const isSubdomain = dns1123SubdomainPattern.expression.test(text)
  return [...errors, isSubdomain ? 'must not contain dots' : dns1123LabelPattern.refusal]
}

/** The name of most objects: labels joined by dots, at most 253 bytes. */
export function dns1123SubdomainErrors(text: string): string[] {
  return [...tooLong(text, 253, 'characters'), ...mismatch(text, dns1123SubdomainPattern)]
}

/** The name of a service: a label that starts with a letter. */
export function dns1035LabelErrors(text: string): string[] {
  return [...tooLong(text, 63, 'characters'), ...mismatch(text, dns1035LabelPattern)]
}

/** A label or annotation key, a resource or finalizer name: `prefix/name` with an optional prefix. */
export function qualifiedNameErrors(text: string): string[] {
  const parts = text.split('/')
  if (parts.length > 2) {
    const hint = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
    return [`a valid label key ${qualifiedNamePattern.refusal} ${hint}`]
  }
  const errors: string[] = []
  if (parts.length === 2) {
    const [prefix] = parts
    if (prefix === '') errors.push('prefix part must be non-empty')
    else for (const error of dns1123SubdomainErrors(prefix)) errors.push(`prefix part ${error}`)
  }
  const name = parts[parts.length - 1]
  if (name === '') errors.push('name part must be non-empty')
  for (const error of [...tooLong(name, 63, 'bytes'), ...mismatch(name, qualifiedNamePattern)]) {
    errors.push(`name part ${error}`)
  }
  return errors
}

export function labelValueErrors(text: string): string[] {
  return [...tooLong(text, 63, 'bytes'), ...mismatch(text, labelValuePattern)]
}

export function portNameErrors(text: string): string[] {
  const errors = tooLong(text, 15, 'characters')
  if (!/^[-a-z0-9]+$/.test(text)) {
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  }
  if (!/[a-z]/.test(text)) errors.push('must contain at least one letter (a-z)')
  if (text.includes('--')) errors.push('must not contain consecutive hyphens')
  if (text.startsWith('-') || text.endsWith('-')) errors.push('must not begin or end with a hyphen')
  return errors
}

export function envVarNameErrors(text: string): string[] {
  return [...mismatch(text, envVarNamePattern), ...parentFolder(text)]
}

export function configMapKeyErrors(text: string): string[] {
  return [...tooLong(text, 253, 'characters'), ...mismatch(text, configMapKeyPattern), ...parentFolder(text)]
}

function mismatch(text: string, { expression, refusal }: Pattern): string[] {
  return expression.test(text) ? [] : [refusal]
}

function tooLong(text: string, limit: number, unit: 'characters' | 'bytes'): string[] {
  return utf8Length(text) > limit ? [`must be no more than ${limit} ${unit}`] : []
}

/** Keys become file names in a volume, so they must not lead out of its folder. */
function parentFolder(text: string): string[] {
  if (text === '.' || text === '..') return [`must not be '${text}'`]
  return text.startsWith('..') ? ["must not start with '..'"] : []
}

/** Upstream measures in UTF-8 bytes, whatever its messages say. */
function utf8Length(text: string): number {
  let length = 0
  for (const character of text) {
    const code = character.codePointAt(0)!
    if (code < 0x80) length += 1
    else if (code < 0x800) length += 2
    else length += code < 0x10000 ? 3 : 4
  }
  return length
}
