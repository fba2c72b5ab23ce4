/** A thread of the pool: takes batches of files, answers with what was made of them. */
import {parentPort} from 'node:worker_threads';
import {packed} from '../../../../reports/files/pools.ts';
import {type Batch, readBatch} from './batch.ts';

const port = parentPort;
if (port === null) throw new Error('this is a worker thread; start it from pool.ts');
port.on('message', (batch: Batch) => {
  const answer = readBatch(batch);
  if (answer.kind === 'gather') for (const target of answer.batch.targets) target.parts = target.parts.map(packed);
  port.postMessage(answer);
});
