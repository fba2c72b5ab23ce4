/** Published figures: YAML text → the references in the order of the file, or errors with line and column. Pure. */
import {z} from 'zod';
import {readYaml} from '../../harness/config/yaml.ts';
import type {ConfigError, Reference, Result} from '../../harness/types.ts';

/** As much of a metric as a reference needs. */
interface Named {
  name: string;
  labels: readonly string[];
}

export function loadReferences(
  text: string,
  file: string,
  metrics: readonly Named[],
): Result<readonly Reference[], ConfigError[]> {
  const read = readYaml(referencesSchema(metrics), text, file);
  return read.ok ? {ok: true, value: read.value.references} : read;
}

const sentence = z.string().trim().min(1).max(400);

function referencesSchema(metrics: readonly Named[]) {
  const reference = z
    .strictObject({
      id: z.string().regex(/^[a-z0-9]+([.-][a-z0-9]+)*$/, {error: 'lower-case words joined by . or -'}),
      title: sentence,
      metric: z.enum(metrics.map(({name}) => name)),
      where: z.record(z.string(), z.string()),
      figures: z.array(sentence).min(1).max(5),
      measuredOn: sentence,
      source: sentence,
      differs: sentence,
    })
    .superRefine(({metric, where}, context) => {
      const labels = metrics.find(({name}) => name === metric)?.labels ?? [];
      const stranger = Object.keys(where).find(label => !labels.includes(label));
      if (stranger === undefined) return;
      const params = {expected: `a label of ${metric}: ${labels.join(', ')}`, hint: 'rename or remove it'};
      context.addIssue({code: 'custom', path: ['where', stranger], params});
    });
  return z.strictObject({references: z.array(reference).max(100)}).superRefine(({references}, context) => {
    for (const [index, {id}] of references.entries()) {
      if (references.findIndex(other => other.id === id) === index) continue;
      const params = {expected: 'an id that no other reference has', hint: 'rename one of the two'};
      context.addIssue({code: 'custom', path: ['references', index, 'id'], params});
    }
  });
}
