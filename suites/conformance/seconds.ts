/** Pacemaker's durations: `60`, `60s`, `500ms`, `2min`; of a map of nodes (`n1:5s;n2:0`) the longest. In seconds. */
export function secondsOf(text: string): number | undefined {
  const values = text.split(/[;,\s]+/).flatMap(each => (each === '' ? [] : [each.split(':').at(-1) ?? '']));
  const seconds = values.map(one);
  return seconds.length > 0 && seconds.every(each => each !== undefined) ? Math.max(...seconds.map(Number)) : undefined;
}

const units: Readonly<Record<string, number>> = {ms: 0.001, '': 1, s: 1, sec: 1, m: 60, min: 60, h: 3600, hr: 3600};

function one(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text) ?? [];
  const factor = units[unit.toLowerCase()];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}
