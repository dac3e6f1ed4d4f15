import test from 'ava'
import { audit } from '../../reports/audit/audit.js'
import { rowsOfFiles, UnreadableFile } from '../../reports/audit/csv-rows.js'

const PODS =
  'run,namespace,name,uid,requested_cpu_milli,created_s,scheduled_s,started_s,running_s,ready_s,finished_s,deletion_due_s,deleted_s,node,outcome'
const SOUND = 'r,default,a,1,500,0,1,1.1,2,2,,,,n,running'

/** What the auditor finds in these files, as "rule subject". */
function found(files: Readonly<Record<string, readonly string[]>>): string[] {
  const texts = new Map(Object.entries(files).map(([name, lines]) => [name, lines.join('\n')]))
  const rows = rowsOfFiles(texts).get('r')
  return rows === undefined ? [] : audit(rows).map(({ rule, subject }) => `${rule} ${subject}`)
}

function pods(...lines: readonly string[]): Readonly<Record<string, readonly string[]>> {
  return { pods: [PODS, ...lines] }
}

test('a sound run has no findings', t => {
  const evicted = 'r,default,b,2,500,0,1,1.1,2,2,12,40,12.1,n,evicted'
  const files = {
    ...pods(SOUND, evicted),
    runs: ['run,pods_created', 'r,2'],
    nodes: ['run,name,allocatable_cpu_milli', 'r,n,1000'],
    budgets: ['run,time_s,namespace,budget,allowed', 'r,5,default,web,1', 'r,10,default,web,0'],
    evictions: ['run,time_s,namespace,pod,node,code,budget', 'r,10,default,b,n,201,web'],
    'node-conditions': ['run,time_s,node,condition,status,before'],
  }
  t.deepEqual(found(files), [])
})

const PLANTED: readonly (readonly [
  what: string,
  files: Readonly<Record<string, readonly string[]>>,
  finding: string,
])[] = [
  ['ran before it was started', pods(SOUND.replace(',1.1,2,', ',3,2,')), 'life-cycle default/a'],
  ['was scheduled nowhere', pods(SOUND.replace(',n,', ',,')), 'life-cycle default/a'],
  ['runs and is deleted', pods(SOUND.replace(',,,,n', ',,,9,n')), 'life-cycle default/a'],
  ['has an outcome that is none', pods(SOUND.replace('running', 'vanished')), 'life-cycle default/a'],
  ['is running and finished', pods(SOUND.replace(',2,2,,', ',2,2,3,')), 'life-cycle default/a'],
  ['failed and never finished', pods(SOUND.replace('running', 'failed')), 'life-cycle default/a'],
  ['waited longer than it did', { pods: [`${PODS},wait_s`, `${SOUND},5`] }, 'life-cycle default/a'],
  ['lies on a node that never was', { ...pods(SOUND), nodes: ['run,name', 'r,m'] }, 'accounting default/a'],
  [
    'is counted among others',
    { ...pods(SOUND), runs: ['run,pods_created,pods_running,pods_succeeded', 'r,1,1,1'] },
    'accounting pods_succeeded',
  ],
  [
    'was evicted without a grant',
    {
      pods: [`${PODS},reason`, 'r,default,a,1,500,0,1,1.1,2,2,12,40,12.1,n,evicted,EvictionByEvictionAPI'],
      evictions: ['run,time_s,namespace,pod,node,code,budget', 'r,10,default,a,n,429,web'],
    },
    'budget default/a',
  ],
  [
    'got requests that nobody knows of',
    {
      ...pods(SOUND),
      services: ['run,time_s,namespace,service,requests,served,refused,lost', 'r,60,default,web,100,90,5,4'],
    },
    'accounting default/web',
  ],
  [
    // 10 more in the backlog are all right; with 10 fewer 90 of 80 can be served, not 89.
    'lost a request of its backlog',
    {
      ...pods(SOUND),
      services: [
        'run,time_s,namespace,service,requests,served,refused,lost,backlog',
        'r,60,default,web,100,80,6,4,10',
        'r,120,default,web,80,89,0,0,0',
      ],
    },
    'accounting default/web',
  ],
  [
    'cost more than its hours',
    { ...pods(SOUND), cost: ['run,node,price_per_hour,from_s,until_s,hours,cost', 'r,n,0.5,0,7200,2,1.5'] },
    'accounting n',
  ],
  [
    'was paid for after it was gone',
    { ...pods(SOUND), cost: ['run,node,price_per_hour,from_s,until_s,hours,cost', 'r,n,0.5,0,3600,2,1'] },
    'accounting n',
  ],
  [
    'cost another sum',
    {
      ...pods(SOUND),
      runs: ['run,pods_created,cost_total', 'r,1,3'],
      cost: ['run,node,price_per_hour,from_s,until_s,hours,cost', 'r,n,0.5,0,,2,1'],
    },
    'accounting cost_total',
  ],
  ['has two rows', pods(SOUND, SOUND), 'accounting default/a'],
  ['was lost', { ...pods(SOUND), runs: ['run,pods_created', 'r,2'] }, 'accounting pods'],
  [
    'does not fit',
    { ...pods(SOUND, SOUND.replace('a,1,', 'b,2,')), nodes: ['run,name,allocatable_cpu_milli', 'r,n,999'] },
    'allocatable n',
  ],
  [
    'was evicted beyond its budget',
    {
      ...pods(SOUND),
      budgets: ['run,time_s,namespace,budget,allowed', 'r,5,default,web,0'],
      evictions: ['run,time_s,namespace,pod,node,code,budget', 'r,10,default,a,n,201,web'],
    },
    'budget default/web',
  ],
  [
    'outlived its grace period',
    {
      ...pods('r,default,a,1,500,0,1,1.1,2,2,50,40,50.1,n,deleted'),
      'node-conditions': ['run,time_s,node,condition,status,before', 'r,1,other,Ready,False,True'],
    },
    'grace default/a',
  ],
]
for (const [what, files, finding] of PLANTED) {
  test(`the auditor finds a pod that ${what}`, t => t.deepEqual(found(files), [finding]))
}

test('a pod on a node that was not ready may outlive its grace period', t => {
  const files = {
    ...pods('r,default,a,1,500,0,1,1.1,2,2,500,40,500.1,n,deleted'),
    'node-conditions': ['run,time_s,node,condition,status,before', 'r,45,n,Ready,Unknown,True'],
  }
  t.deepEqual(found(files), [])
})

for (const [what, text, message] of [
  ['a row too short', 'run,name,uid\nr,a\n', /^pods\.csv is no table that kubelapse wrote: .* line 2/],
  ['a word for a time', 'run,name,created_s\nr,a,soon\n', /^pods\.csv: created_s of a is no number: soon$/],
] as const) {
  test(`a file with ${what} is refused by name`, t => {
    t.throws(() => rowsOfFiles(new Map([['pods', text]])), { instanceOf: UnreadableFile, message })
  })
}
