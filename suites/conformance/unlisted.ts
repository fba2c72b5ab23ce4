/** Images that Ceph was asked for and did not list: what is not listed is not absent. Pure. */
export function unlisted(lines: readonly string[]): string | undefined {
  const pools = lines.flatMap(line => /^unlisted (.+)$/.exec(line)?.[1] ?? []);
  return pools.length === 0 ? undefined : `the images of ${pools.join(', ')} could not be listed: is rbd there?`;
}
