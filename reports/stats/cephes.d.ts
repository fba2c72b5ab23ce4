/**
 * What is used of it; the package's own types are hidden by its `exports`. Each function throws where its value has no
 * double.
 */
declare module 'cephes' {
  /** Settles when the WebAssembly is ready. */
  export const compiled: Promise<void>;
  /** ln Γ(x). */
  export function lgam(x: number): number;
  /** I_x(a, b), and the x where it is p. */
  export function incbet(a: number, b: number, x: number): number;
  export function incbi(a: number, b: number, p: number): number;
  /** P(a, x) and Q(a, x). */
  export function igam(a: number, x: number): number;
  export function igamc(a: number, x: number): number;
  /** The standard normal quantile. */
  export function ndtri(p: number): number;
}
