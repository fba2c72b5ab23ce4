/** A thread of the pool: takes batches of files, answers with what was made of them. */
import {parentPort} from 'node:worker_threads';
import {type Batch, readBatch} from './batch.ts';

const port = parentPort;
if (port === null) throw new Error('this is a worker thread; start it from pool.ts');
port.on('message', (batch: Batch) => port.postMessage(readBatch(batch)));
