import {execFileSync} from 'node:child_process';
import {cpus, totalmem} from 'node:os';

/** `AMD EPYC 7B13, 2 cores, 24 GiB, Node 24.21.0`. */
export function machine(): string {
  const cores = cpus();
  const model = cores[0]?.model.trim() ?? 'unknown processor';
  return `${model}, ${cores.length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
}

/** Short hash of the commit; `dirty` where sources differ from it. */
export function commit(): string {
  const described = execFileSync('git', ['describe', '--always', '--dirty', '--exclude', '*'], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  return described.trim();
}
