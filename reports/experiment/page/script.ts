/** What the page does: sort and filter its tables, and change its theme. Everything is readable without it. */
export const SCRIPT = `
(() => {
  const root = document.documentElement
  const dark = matchMedia('(prefers-color-scheme: dark)')
  document.querySelector('button.theme').addEventListener('click', () => {
    const now = root.dataset.theme || (dark.matches ? 'dark' : 'light')
    root.dataset.theme = now === 'dark' ? 'light' : 'dark'
  })
  const valueOf = cell => {
    const value = cell.dataset.value
    if (value === undefined) return cell.textContent
    return value === '' ? NaN : Number(value)
  }
  for (const table of document.querySelectorAll('table.sortable')) {
    const heads = [...table.tHead.rows[0].cells]
    heads.forEach((head, column) => head.querySelector('button').addEventListener('click', () => {
      const up = head.getAttribute('aria-sort') !== 'ascending'
      for (const other of heads) other.removeAttribute('aria-sort')
      head.setAttribute('aria-sort', up ? 'ascending' : 'descending')
      const keyed = [...table.tBodies[0].rows].map((row, i) => ({ row, i, key: valueOf(row.cells[column]) }))
      keyed.sort((a, b) => {
        const missing = Number(Number.isNaN(a.key)) - Number(Number.isNaN(b.key))
        if (missing !== 0 || (Number.isNaN(a.key) && Number.isNaN(b.key))) return missing || a.i - b.i
        const order = a.key < b.key ? -1 : a.key > b.key ? 1 : 0
        return (up ? order : -order) || a.i - b.i
      })
      table.tBodies[0].append(...keyed.map(({ row }) => row))
    }))
  }
  const filter = document.querySelector('input.filter')
  const shown = document.querySelector('.shown')
  if (filter) filter.addEventListener('input', () => {
    const words = filter.value.toLowerCase().split(/\\s+/).filter(Boolean)
    let count = 0
    for (const row of document.querySelector('table.runs').tBodies[0].rows) {
      const text = row.textContent.toLowerCase()
      row.hidden = !words.every(word => text.includes(word))
      if (!row.hidden) count++
    }
    shown.textContent = count + ' shown'
  })
})()
`
