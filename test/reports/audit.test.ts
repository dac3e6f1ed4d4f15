import test from 'ava'
import { audit } from '../../reports/audit/audit.js'
import { rowsOfFiles } from '../../reports/audit/csv-rows.js'

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
