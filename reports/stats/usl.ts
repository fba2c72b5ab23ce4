import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';
import {greatest, mean, sum, unfit} from './numbers.ts';

export interface Usl {
  /** Contention, 0…1. */
  alpha: number;
  /** Coherency, 0…1. */
  beta: number;
  /** Throughput of one, in the unit of the throughputs. */
  gamma: number;
  /** Load and throughput of the peak; absent where throughput never falls (β → 0): print "no peak". */
  peak?: {load: number; throughput: number};
  /** Share of the variance that the fit explains. */
  rSquared: number;
}

type Parameters = readonly [alpha: number, beta: number, gamma: number];
type Row = readonly [number, number, number];

const fewestPoints = 6;
const mostSteps = 500;
/** β below this has a peak beyond any load that could be meant. */
const noCoherency = 1e-12;

/** Throughput at `load` (≥ 1) by the law. */
export function uslThroughput({alpha, beta, gamma}: Pick<Usl, 'alpha' | 'beta' | 'gamma'>, load: number): number {
  return (gamma * load) / (1 + alpha * (load - 1) + beta * load * (load - 1));
}

function at([alpha, beta, gamma]: Parameters, load: number): {value: number; gradient: Row} {
  const below = 1 + alpha * (load - 1) + beta * load * (load - 1);
  const value = (gamma * load) / below;
  return {
    value,
    gradient: [(-value * (load - 1)) / below, (-value * load * (load - 1)) / below, load / below],
  };
}

/** Solves a symmetric 3×3 system by elimination with pivots; undefined where it is singular. */
function solve(matrix: readonly Row[], right: Row): Row | undefined {
  const rows = matrix.map((row, i) => [...row, right[i] ?? Number.NaN]);
  for (let column = 0; column < 3; column++) {
    let pivot = column;
    for (let row = column + 1; row < 3; row++) {
      if (Math.abs(rows[row]?.[column] ?? 0) > Math.abs(rows[pivot]?.[column] ?? 0)) pivot = row;
    }
    const chosen = rows[pivot];
    const swapped = rows[column];
    const head = chosen?.[column];
    if (!chosen || !swapped || head === undefined || !(Math.abs(head) > 0)) return undefined;
    rows[pivot] = swapped;
    rows[column] = chosen;
    for (let row = 0; row < 3; row++) {
      const target = rows[row];
      if (row === column || !target) continue;
      const factor = (target[column] ?? Number.NaN) / head;
      for (let i = column; i < 4; i++) target[i] = (target[i] ?? Number.NaN) - factor * (chosen[i] ?? Number.NaN);
    }
  }
  const solution = rows.map((row, i) => (row[3] ?? Number.NaN) / (row[i] ?? Number.NaN));
  const [a, b, c] = solution;
  return a !== undefined && b !== undefined && c !== undefined && solution.every(Number.isFinite)
    ? [a, b, c]
    : undefined;
}

function clamp([alpha, beta, gamma]: Parameters): Parameters {
  const share = (value: number) => Math.min(1, Math.max(0, value));
  return [share(alpha), share(beta), Math.max(Number.MIN_VALUE, gamma)];
}

/**
 * Fits the Universal Scalability Law X(N) = γN/(1 + α(N−1) + βN(N−1)) to [load, throughput] points by least squares
 * (Levenberg–Marquardt, analytic Jacobian, scaled), 0 ≤ α, β ≤ 1. Needs 6 points at 3 or more different loads ≥ 1,
 * throughputs > 0. Peak at √((1−α)/β). Source: Gunther 2007.
 */
export function fitUsl(points: readonly (readonly [load: number, throughput: number])[]): Stat<Usl> {
  const what = 'scalability law';
  const loads = points.map(([load]) => load);
  const throughputs = points.map(([, throughput]) => throughput);
  const wrong = unfit(what, loads, fewestPoints) ?? unfit(what, throughputs, fewestPoints);
  if (wrong) return wrong;
  const bad = points.find(([load, throughput]) => load < 1 || throughput <= 0);
  if (bad) return refuse(what, 'loads ≥ 1 and throughputs above 0', `[${bad.join(', ')}]`);
  const different = new Set(loads).size;
  if (different < 3) return refuse(what, 'at least 3 different loads', String(different));

  const cost = (parameters: Parameters) =>
    sum(points.map(([load, throughput]) => (throughput - at(parameters, load).value) ** 2));
  let parameters: Parameters = [0.01, 1e-4, greatest(points.map(([load, throughput]) => throughput / load))];
  let current = cost(parameters);
  let damping = 1e-3;
  for (let step = 0; step < mostSteps && damping < 1e12; step++) {
    const rows = points.map(([load, throughput]) => {
      const {value, gradient} = at(parameters, load);
      return {gradient, residual: throughput - value};
    });
    const slope = [0, 1, 2].map(i => sum(rows.map(({gradient, residual}) => (gradient[i] ?? Number.NaN) * residual)));
    // A parameter that leans on its bound, with the slope pressing outwards, rests there.
    const rests = [0, 1, 2].map(
      i => i < 2 && ((parameters[i] === 0 && (slope[i] ?? 0) < 0) || (parameters[i] === 1 && (slope[i] ?? 0) > 0)),
    );
    const entry = (i: number, j: number) => {
      if (rests[i] || rests[j]) return i === j ? 1 : 0;
      const product = sum(rows.map(({gradient}) => (gradient[i] ?? Number.NaN) * (gradient[j] ?? Number.NaN)));
      return i === j ? product * (1 + damping) : product;
    };
    const row = (i: number): Row => [entry(i, 0), entry(i, 1), entry(i, 2)];
    const push = (i: number) => (rests[i] ? 0 : (slope[i] ?? Number.NaN));
    const move = solve([row(0), row(1), row(2)], [push(0), push(1), push(2)]);
    if (!move) {
      damping *= 10;
      continue;
    }
    const next = clamp([parameters[0] + move[0], parameters[1] + move[1], parameters[2] + move[2]]);
    const nextCost = cost(next);
    if (!(nextCost < current)) {
      damping *= 10;
      continue;
    }
    const settled = current - nextCost <= 1e-15 * current;
    parameters = next;
    current = nextCost;
    damping = Math.max(1e-12, damping / 10);
    if (settled) break;
  }

  const [alpha, beta, gamma] = parameters;
  const centre = mean(throughputs);
  const total = sum(throughputs.map(throughput => (throughput - centre) ** 2));
  const fit = {alpha, beta, gamma, rSquared: total === 0 ? 1 : 1 - current / total};
  if (beta < noCoherency || alpha >= 1) return answer(fit);
  const load = Math.sqrt((1 - alpha) / beta);
  return answer({...fit, peak: {load, throughput: uslThroughput(fit, load)}});
}
