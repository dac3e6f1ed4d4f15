import test from 'ava'
import { deviceSelector } from '../../../../engine/model/cel/device-selector.js'
import type { Device } from '../../../../engine/model/devices.js'

const DRIVER = 'gpu.example.com'
const gpu: Device = {
  name: 'gpu-0',
  allowMultipleAllocations: true,
  attributes: {
    model: { string: 'a100' },
    numa: { int: 1 },
    ecc: { bool: true },
    driverVersion: { version: '1.10.0-rc.1' },
    'dra.net/rail': { int: 7 },
  },
  capacity: { memory: { value: '80Gi' }, 'dra.net/lanes': { value: '16' } },
}

/** Expression, and what it says of the device: selected or not, or part of the error. */
const EXPRESSIONS: readonly (readonly [string, boolean | string])[] = [
  ['device.driver == "gpu.example.com"', true],
  ['device.driver.startsWith("nic.")', false],
  ['device.allowMultipleAllocations', true],
  // Names without a domain belong to the driver; a domain nobody has holds nothing.
  ['device.attributes["gpu.example.com"].model == "a100"', true],
  ['device.attributes["gpu.example.com"]["model"] == "a100"', true],
  ['device.attributes["dra.net"].rail == 7', true],
  ['device.attributes["gpu.example.com"].speed > 1', 'no such key: speed'],
  ['device.attributes["other.com"].speed > 1', 'no such key: speed'],
  ['has(device.attributes["other.com"].speed)', false],
  ['has(device.attributes["gpu.example.com"].numa)', true],
  ['"gpu.example.com" in device.attributes', true],
  ['"other.com" in device.attributes', false],
  ['"model" in device.attributes["gpu.example.com"]', true],
  ['device.attributes.exists(domain, domain.endsWith(".net"))', true],
  ['device.attributes["gpu.example.com"].all(name, size(name) > 2)', true],
  ['device.capacity["gpu.example.com"].memory.compareTo(quantity("80Gi")) == 0', true],
  ['device.capacity["gpu.example.com"].memory.isGreaterThan(quantity("79Gi"))', true],
  ['device.capacity["gpu.example.com"].memory.isLessThan(quantity("80000Mi"))', false],
  ['device.capacity["gpu.example.com"].memory.sub(quantity("80Gi")).sign() == 0', true],
  ['device.capacity["dra.net"].lanes.asInteger() == 16', true],
  ['quantity("1.5").isInteger() || isQuantity("4x")', false],
  // A pre-release comes before its release, and ten after nine.
  ['device.attributes["gpu.example.com"].driverVersion.isLessThan(semver("1.10.0"))', true],
  ['device.attributes["gpu.example.com"].driverVersion.isGreaterThan(semver("1.9.9"))', true],
  ['device.attributes["gpu.example.com"].driverVersion == semver("1.10.0-rc.1+build5")', true],
  ['semver("1.2.3").major() + 1 == 2 && !isSemver("1.2")', true],
  ['device.attributes["gpu.example.com"].model.matches("^a[0-9]+$")', true],
  ['device.attributes["gpu.example.com"].model in ["h100", "a100"]', true],
  ['device.attributes["gpu.example.com"].model == 1', false],
  ['device.attributes["gpu.example.com"].model < 1', 'no such overload'],
  // An error counts only where the other side does not decide.
  ['device.attributes["other.com"].x || device.driver != ""', true],
  ['device.driver == "" && device.attributes["other.com"].x', false],
  ['device.attributes["other.com"].x && device.driver != ""', 'no such key: x'],
  ['cel.bind(own, device.attributes["gpu.example.com"], own.ecc && own.numa == 1)', true],
  ['device.attributes["gpu.example.com"].numa == 1.0 && 2u > 1', true],
  ['-7 / 2 == -3 && -7 % 2 == -1 && 0x1F == 31', true],
  ['9223372036854775807 + 1 > 0', 'integer overflow'],
  ['1 / 0 == 1', 'division by zero'],
  ["'a' + r'\\n' + \"\\x41\\u0042\" == 'a\\\\nAB'", true],
  ['[1, 2, 3].map(x, x * 2).filter(x, x > 2) == [4, 6] && [1, 2].exists_one(x, x == 2)', true],
  ['{"a": 1}.a == 1 && {1: "x"}[1] == "x" && size([1, 2]) == 2', true],
  ['device.driver == "x" ? device.missing : true', 'undefined field'],
  ['device.driver', 'could not be converted to bool'],
  ['node.name == "n"', "undeclared reference to 'node'"],
  ['nonsense(device.driver)', "undeclared reference to 'nonsense'"],
  ['device.driver ==', 'Syntax error'],
  ['device.driver == "x', 'token recognition error'],
]

for (const [expression, want] of EXPRESSIONS) {
  test(`a selector: ${expression}`, t => {
    const answer = deviceSelector(expression).matches(gpu, DRIVER)
    if (typeof want === 'boolean') t.is(answer, want)
    else if (typeof answer === 'boolean') t.fail(`answered ${answer}`)
    else t.true(answer.error.includes(want), answer.error)
  })
}

test('a version that is none makes every selector of the device fail', t => {
  const broken: Device = { name: 'd', attributes: { v: { version: '1.0' } } }
  t.deepEqual(deviceSelector('true').matches(broken, DRIVER), {
    error: 'attribute v: parse semantic version: Invalid semantic version "1.0"',
  })
})
