import { existsSync, lstatSync, readlinkSync } from 'node:fs'

/** Bounds of one program; each is the operating system's own limit, not a promise of the program. */
export type Limits = {
  /** Of the clock, and of the processor for each process. */
  readonly seconds: number
  /** Of each process. */
  readonly memoryMb: number
  /** Threads count too. On macOS a program is one process, whatever this says. */
  readonly processes: number
  /** Of all it prints together. */
  readonly outputBytes: number
}

export type ConfinedProgram = {
  /** Absolute path of the program, and its arguments. */
  readonly command: readonly string[]
  /** Absolute paths that it may read, beside the system's own. */
  readonly readable: readonly string[]
  /** An empty folder of ours. What the program writes there is in memory, up to `SCRATCH_MB`, and gone when it ends. */
  readonly scratch: string
  /** Another one, on which the program's own root is built. */
  readonly root: string
  readonly limits: Limits
  /** Node.js reserves far more addresses than it uses, so only what it may write to is counted. */
  readonly memory: 'addresses' | 'data'
}

/** A way of this operating system to lock a program in. */
export type Confinement = {
  readonly name: string
  /** What to start so that the program runs confined. */
  readonly wrap: (program: ConfinedProgram) => readonly string[]
  /** The operating system cannot limit memory, so whoever starts the program must watch it. */
  readonly watchMemory: boolean
}

/** Ways to try, in this order, each of which has to prove itself before it is used. */
export function confinements(platform: NodeJS.Platform, uid: number | undefined): readonly Confinement[] {
  if (platform === 'darwin') return [sandboxExec]
  if (platform !== 'linux') return []
  // Under root no limit on the number of processes holds; our own namespaces change the user first.
  return uid === 0 ? [rootNamespaces] : [bubblewrap, userNamespaces]
}

export const SCRATCH_MB = 64

/** What an interpreter needs of a Linux system. Nothing of /etc, /home, /var or /run, so no keys and no sockets. */
const SYSTEM = [
  '/bin',
  '/lib',
  '/lib32',
  '/lib64',
  '/sbin',
  '/usr',
  '/etc/alternatives',
  '/etc/ld.so.cache',
  '/dev/null',
  '/dev/urandom',
  '/dev/zero',
]

function readablePaths({ readable }: ConfinedProgram): readonly string[] {
  const more = readable.filter((path) => !path.startsWith('/usr/'))
  return [...SYSTEM, ...new Set(more)].filter((path) => existsSync(path))
}

const MB = 2 ** 20
/** V8 reserves 512 MB for code that it never fills, and Node.js has about 100 MB before a program begins. */
const NODE_MB = 640

/** The program that sets the limits, up to where what it starts is named. */
function limits({ limits: { memoryMb, seconds, processes }, memory }: ConfinedProgram): readonly string[] {
  const bytes = memoryMb * MB
  return [
    'prlimit',
    `--cpu=${seconds}`,
    memory === 'addresses' ? `--as=${bytes}` : `--data=${bytes + NODE_MB * MB}`,
    `--nproc=${processes}`,
    `--fsize=${SCRATCH_MB * MB}`,
    '--nofile=128',
    '--core=0',
    '--',
  ]
}

const bubblewrap: Confinement = {
  name: 'bubblewrap',
  watchMemory: false,
  wrap: (program) =>
    [
      ['bwrap', '--unshare-all', '--unshare-user', '--disable-userns', '--die-with-parent', '--new-session'],
      ['--cap-drop', 'ALL'],
      readablePaths(program).flatMap(bound),
      ['--proc', '/proc', '--dev', '/dev', '--size', String(SCRATCH_MB * MB), '--tmpfs', program.scratch],
      ['--remount-ro', '/', '--chdir', program.scratch, '--', ...limits(program), ...program.command],
    ].flat(),
}

function bound(path: string): readonly string[] {
  // Bubblewrap brings devices of its own.
  if (path.startsWith('/dev/')) return []
  const isLink = lstatSync(path).isSymbolicLink()
  return isLink ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path]
}

/**
 * Builds the root that the program sees and stays as process 1 of its namespaces: when this shell ends, or the `unshare`
 * above it is killed, the kernel ends every process below, whatever group or session it has moved to. The root is a
 * folder inside of the namespace's own, because the kernel makes no further user namespaces from there: in
 * one of its own the program could mount memory without a limit.
 */
const BUILD_ROOT = `set -eu
top=$1; scratch=$2; size=$3; shift 3
root=$top/inside
echo 1000 > /proc/self/oom_score_adj
mount -t tmpfs -o mode=0755,size=4m musivum "$top"
mkdir "$root" "$top/.old"
for name in bin lib lib64 proc sbin usr; do ln -s "inside/$name" "$top/$name"; done
while [ "$1" != -- ]; do
  path=$1; shift
  if [ -L "$path" ]; then mkdir -p "$root\${path%/*}"; cp -P "$path" "$root$path"; continue; fi
  if [ -d "$path" ]; then mkdir -p "$root$path"; else mkdir -p "$root\${path%/*}"; : > "$root$path"; fi
  mount --rbind "$path" "$root$path"
  mount -o remount,bind,ro,nosuid "$root$path"
done
shift
mkdir -p "$root/proc" "$root$scratch"
mount -t proc proc "$root/proc"
mount -t tmpfs -o "mode=1777,size=$size,nosuid,nodev" musivum "$root$scratch"
cd "$top"
pivot_root . .old
cd /
umount -l /.old
rmdir /.old
mount -o remount,bind,ro /
chroot /inside sh -c 'cd "$1"; shift; exec "$@"' sh "$scratch" "$@"
exit $?`

const NAMESPACES = '--mount --net --pid --ipc --uts --fork --kill-child'.split(' ')
const NO_CAPABILITIES = '--no-new-privs --bounding-set=-all --inh-caps=-all'.split(' ')

function namespaced(
  program: ConfinedProgram,
  first: readonly string[],
  as: readonly string[],
): readonly string[] {
  return [
    ['unshare', ...first, ...NAMESPACES, 'sh', '-c', BUILD_ROOT, 'sh'],
    [program.root, program.scratch, `${SCRATCH_MB}m`, ...readablePaths(program), '--'],
    [...limits(program), 'setpriv', ...as, ...NO_CAPABILITIES, '--', ...program.command],
  ].flat()
}

const userNamespaces: Confinement = {
  name: 'user namespaces',
  watchMemory: false,
  wrap: (program) => namespaced(program, ['--user', '--map-root-user'], []),
}

/** Users that no system has given to anybody; one for each program, so that programs side by side share no limit. */
const FIRST_USER = 0x6000_0000
const USERS = 0x1000_0000
let started = 0

const rootNamespaces: Confinement = {
  name: 'namespaces',
  watchMemory: false,
  wrap: (program) => {
    started = (started + 1) % USERS
    const user = FIRST_USER + ((process.pid * 1024 + started) % USERS)
    return namespaced(program, [], [`--reuid=${user}`, `--regid=${user}`, '--clear-groups'])
  },
}

/** Seatbelt: everything is forbidden but reading the system and the program's own files, and writing to its folder. */
function seatbeltProfile({ readable, scratch }: ConfinedProgram): string {
  const system = [
    '/usr',
    '/bin',
    '/sbin',
    '/System',
    '/Library',
    '/private/var/db/dyld',
    '/dev',
    '/opt/homebrew',
  ]
  const paths = [...system, ...readable, scratch].map((path) => `(subpath ${JSON.stringify(path)})`).join(' ')
  return [
    '(version 1) (deny default) (deny network*) (deny process-fork)',
    '(allow process-exec) (allow sysctl-read) (allow mach-lookup) (allow signal (target self))',
    `(allow file-read-metadata) (allow file-read* (literal "/") ${paths})`,
    `(allow file-write* (subpath ${JSON.stringify(scratch)}) (literal "/dev/null"))`,
  ].join('\n')
}

const LIMIT_SHELL = 'ulimit -c 0 -t "$1" -f "$2" -n 128; cd "$3"; shift 3; exec "$@"'

const sandboxExec: Confinement = {
  name: 'sandbox-exec',
  watchMemory: true,
  wrap: (program) =>
    [
      ['/bin/sh', '-c', LIMIT_SHELL, 'sh', String(program.limits.seconds)],
      // In blocks of 512 bytes.
      [String((SCRATCH_MB * MB) / 512), program.scratch],
      ['/usr/bin/sandbox-exec', '-p', seatbeltProfile(program), ...program.command],
    ].flat(),
}
