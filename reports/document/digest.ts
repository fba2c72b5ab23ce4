/** SHA-256 of a text as UTF-8, from the platform's own Web Crypto. */
async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

export async function sha256Hex(text: string): Promise<string> {
  return [...(await sha256(text))].map(byte => byte.toString(16).padStart(2, '0')).join('');
}

/** As a content security policy wants it: `sha256-…`. */
export async function sha256Source(text: string): Promise<string> {
  return `sha256-${btoa(String.fromCharCode(...(await sha256(text))))}`;
}
