const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d(?:\.\d+)?)(?:[Zz]|([+-])(\d\d):(\d\d))$/

/** Seconds since 1970 of an RFC 3339 time; undefined when the text is none or names a day that does not exist. */
export function epochSecondsOf(text: string): number | undefined {
  const parts = RFC3339.exec(text)
  if (parts === null) return undefined
  const [year, month, day, hour, minute] = parts.slice(1, 6).map(Number)
  const second = Number(parts[6])
  const isTime = hour < 24 && minute < 60 && second < 60
  const midnight = new Date(Date.UTC(year, month - 1, day))
  const isDay = midnight.getUTCMonth() === month - 1 && midnight.getUTCDate() === day
  if (!isTime || !isDay) return undefined
  const sign = parts[7] === '-' ? -1 : 1
  const offset = parts[7] === undefined ? 0 : sign * (Number(parts[8]) * 3600 + Number(parts[9]) * 60)
  return midnight.getTime() / 1000 + hour * 3600 + minute * 60 + second - offset
}
