#!/usr/bin/env node
// The way in, in plain JavaScript: a Node that is too old must be able to read this much, to say so in a sentence.
import {existsSync} from 'node:fs';

const least = 24;
if (Number.parseInt(process.versions.node, 10) < least) {
  process.stderr.write(
    `seatrial needs Node ${least} or later, and this is ${process.version}\n` +
      `Install it from https://nodejs.org, or: npm install node@${least}, which puts it into node_modules/.bin\n`,
  );
  process.exit(3);
}
// In the repository the command line is TypeScript, in the package it is built.
await import(existsSync(new URL('seatrial.ts', import.meta.url)) ? './seatrial.ts' : './seatrial.js');
