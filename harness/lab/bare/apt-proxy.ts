/**
 * The lab's apt proxy: listens inside the lab's network, fetches from this machine's mirrors outside of it, and keeps
 * what it fetched. Run as a program of its own: rack's PID and start, address, port, state folder, cache, mirrors.
 */
import {spawn} from 'node:child_process';
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  utimesSync,
} from 'node:fs';
import {createServer, type ServerResponse} from 'node:http';
import type {Server, Socket} from 'node:net';
import path from 'node:path';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {fileURLToPath} from 'node:url';
import {writeWholeSync} from '../../files.ts';
import {identify, lives} from '../proc.ts';
import {type Request, requestOf} from './apt-cache.ts';

/** How long an index may be old; packages and what is named by its hash never are. */
const indexAgeMs = 3_600_000;
const fetchMs = 300_000;

/** Opens the socket where the lab's hosts can reach it, hands it over, and ends: this process stays outside. */
const listener = `const [address, port] = process.argv.slice(1);
const server = require('node:net').createServer();
server.on('error', error => { console.error(String(error)); process.exit(1); });
server.listen({host: address, port: Number(port)}, () => process.send('listening', server, () => process.exit(0)));`;

function main(words: readonly string[]): void {
  const [rackPid = '', startTicks = '', address = '', port = '', state = '', cache = '', ...mirrors] = words;
  const rack = {pid: Number(rackPid), startTicks};
  setInterval(() => {
    if (!lives(rack)) process.exit(0);
  }, 1_000);
  const answering = createServer((request, response) => {
    const wanted = request.method === 'GET' ? requestOf(request.url ?? '', mirrors) : undefined;
    if (wanted === undefined) return refuse(response, 403, `this proxy fetches from ${mirrors.join(' and ')} only`);
    answer(wanted, cache, response).catch((error: Error) => refuse(response, 502, error.message));
  });
  const opener = spawn(
    'nsenter',
    [`--net=/proc/${rackPid}/ns/net`, process.execPath, '--eval', listener, address, port],
    {stdio: ['ignore', 'inherit', 'inherit', 'ipc']},
  );
  opener.on('message', (_, server) => {
    (server as Server).on('connection', (socket: Socket) => answering.emit('connection', socket));
    const self = identify(process.pid);
    writeWholeSync(path.join(state, 'apt-proxy'), `${self?.pid} ${self?.startTicks}\n`);
  });
  opener.on('exit', code => code === 0 || process.exit(1));
}

async function answer(wanted: Request, cache: string, response: ServerResponse): Promise<void> {
  const file = path.join(cache, wanted.file);
  const status = await provide(wanted, file);
  const found = status === 200 ? statOf(file) : undefined;
  if (found === undefined) return refuse(response, status === 200 ? 502 : status, `the mirror answered ${status}`);
  response.writeHead(200, {'Content-Length': found.size, 'Last-Modified': found.mtime.toUTCString()});
  await pipeline(createReadStream(file), response);
}

const underWay = new Map<string, Promise<number>>();

/** Hosts that ask for one file at a time share one download. */
function provide(wanted: Request, file: string): Promise<number> {
  const running = underWay.get(file) ?? download(wanted, file).finally(() => underWay.delete(file));
  underWay.set(file, running);
  return running;
}

/** The mirror's HTTP status; 200 where there is a copy now. An index that cannot be asked for is taken as it was. */
async function download({source, unchanging}: Request, file: string): Promise<number> {
  const copy = statOf(file);
  if (copy !== undefined && (unchanging || Date.now() - copy.ctimeMs < indexAgeMs)) return 200;
  const aside = `${file}.${process.pid}.part`;
  try {
    const fetched = await fetch(source, {signal: AbortSignal.timeout(fetchMs)});
    if (!fetched.ok || fetched.body === null) return fetched.status;
    mkdirSync(path.dirname(file), {recursive: true});
    await pipeline(Readable.fromWeb(fetched.body), createWriteStream(aside));
    const length = fetched.headers.get('content-length');
    if (length !== null && statOf(aside)?.size !== Number(length)) throw new Error(`${source} came in part`);
    const changed = new Date(fetched.headers.get('last-modified') ?? Date.now());
    utimesSync(aside, changed, changed);
    renameSync(aside, file);
    return 200;
  } catch (error) {
    rmSync(aside, {force: true});
    if (copy !== undefined) return 200;
    throw error;
  }
}

function statOf(file: string): Stats | undefined {
  return statSync(file, {throwIfNoEntry: false});
}

function refuse(response: ServerResponse, status: number, why: string): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, {'Content-Type': 'text/plain'}).end(`${why}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
