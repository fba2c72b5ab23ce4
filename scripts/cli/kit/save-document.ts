import {basename, dirname, join} from 'node:path';
import {writeWhole} from '../../../harness/files.ts';
import type {Document} from '../../../reports/document/document.ts';
import {type FormatName, fileName, render} from '../../../reports/document/index.ts';

/**
 * Writes the document in each format beside each other: `base` is path and name without extension. Returns the paths
 * in the order of the formats.
 */
export async function saveDocument(
  document: Document,
  formats: readonly FormatName[],
  base: string,
): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const format of formats) {
    const path = join(dirname(base), fileName(basename(base), format));
    await writeWhole(path, await render(document, format));
    paths.push(path);
  }
  return paths;
}
