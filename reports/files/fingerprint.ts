/**
 * A number that stands for what was measured. Not cryptographic: it is held against copies, not against forgers. Pure
 * and quick: no text is built.
 */

export interface Fingerprint {
  number: (value: number) => void;
  text: (value: string) => void;
  /** 16 hexadecimal digits: of 100,000 files two that differ share it once in four billion times. */
  digits: () => string;
}

/**
 * One for all: it is read as soon as it was written, and making one for each fingerprint takes longer than the rest.
 */
const float = new Float64Array(1);
const halves = new Uint32Array(float.buffer);

/** Two lanes of multiply and xor, as in Bryc's cyrb53 (public domain), over the 32-bit halves of each number. */
export function fingerprint(): Fingerprint {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  const mix = (word: number) => {
    a = Math.imul(a ^ word, 2654435761);
    b = Math.imul(b ^ word, 1597334677);
    a ^= a >>> 15;
    b ^= b >>> 13;
  };
  return {
    number(value) {
      // Not −0.
      float[0] = value + 0;
      mix(halves[0] ?? 0);
      mix(halves[1] ?? 0);
    },
    text(value) {
      for (let index = 0; index < value.length; index += 1) mix(value.charCodeAt(index));
      mix(value.length);
    },
    digits() {
      const last = (lane: number, other: number) =>
        (Math.imul(lane ^ (lane >>> 16), 2246822507) ^ Math.imul(other ^ (other >>> 13), 3266489909)) >>> 0;
      return [last(a, b), last(b, a)].map(lane => lane.toString(16).padStart(8, '0')).join('');
    },
  };
}

/** Of a text without its white space: a copy that an editor or a mail has been at is still one. */
export function fingerprintOfText(text: string): string {
  const print = fingerprint();
  let length = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code <= 32 || code === 0xfeff) continue;
    print.number(code);
    length += 1;
  }
  print.number(length);
  return print.digits();
}
