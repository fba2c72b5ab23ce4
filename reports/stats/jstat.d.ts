/** The two functions that the tests compare with; the package brings no types. */
declare module 'jstat' {
  const jstat: {
    jStat: {
      ibeta(x: number, a: number, b: number): number;
      normal: {inv(p: number, mean: number, deviation: number): number};
    };
  };
  export default jstat;
}
