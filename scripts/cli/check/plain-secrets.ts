/** Secrets in the text of a configuration file: where they stand, and the text without them. Pure. */
const secret =
  /^(\s*)([\w.-]*(?:secret|passwd|password|passphrase|auth_token|api_key|private_key)[\w.-]*|key)(\s*[=:]\s*)(?=\S)(?!"?\/|"?\(secret\))(.+)$/i;

/** `LINE: NAME` of each. */
export function hasSecret(text: string): readonly string[] {
  return text.split('\n').flatMap((line, index) => {
    const name = secret.exec(line)?.[2];
    return name === undefined || /file$/i.test(name) ? [] : [`${index + 1}: ${name}`];
  });
}

export function withoutSecretValues(text: string): string {
  return text
    .split('\n')
    .map(line => line.replace(secret, '$1$2$3(secret)'))
    .join('\n');
}
