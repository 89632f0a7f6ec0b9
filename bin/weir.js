#!/usr/bin/env node
// Starts Weir under a Node.js that can run it. Old syntax and old imports only: this file must also run where Weir cannot, to say so.
import { spawn } from 'child_process';
import { existsSync, realpathSync } from 'fs';
import { constants } from 'os';
import { fileURLToPath } from 'url';

const MAJOR = 24;
const MINOR = 11;

const version = process.versions.node.split('.').map(Number);
const fits = version[0] > MAJOR || (version[0] === MAJOR && version[1] >= MINOR);

/** A file of this package, by its path from the package's root. */
function own(path) {
  return fileURLToPath(new URL('../' + path, import.meta.url));
}

/** In a checkout the sources run as they are; the published package has only what was built from them. */
function main() {
  return existsSync(own('cli/main.ts')) ? '../cli/main.ts' : '../dist/cli/main.js';
}

/** Runs this file again under another Node.js, which answers in our place: its output, its exit code, its signal. */
function rerun(node) {
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' });
  // A terminal sends SIGINT to both of us already; passing it on would be the second one, which means "at once".
  const passed = process.stdin.isTTY ? ['SIGTERM', 'SIGHUP'] : ['SIGTERM', 'SIGHUP', 'SIGINT'];
  if (process.stdin.isTTY) process.on('SIGINT', function () {});
  passed.forEach(function (signal) {
    process.on(signal, function () {
      child.kill(signal);
    });
  });
  child.on('error', function (error) {
    refuse('cannot start ' + node + ': ' + error.message);
  });
  child.on('exit', function (code, signal) {
    process.exit(signal ? 128 + constants.signals[signal] : code);
  });
}

function refuse(why) {
  process.stderr.write('weir: ' + why + '\n');
  process.exit(2);
}

if (fits && existsSync(own('cli/main.ts')) && !existsSync(own('node_modules'))) {
  refuse('the packages of this checkout are not installed; run npm ci, then weir again');
} else if (fits) {
  import(main()).catch(function (error) {
    process.stderr.write('weir: ' + (error && error.stack ? error.stack : String(error)) + '\n');
    process.exit(1);
  });
} else {
  const pinned = own('node_modules/.bin/node');
  if (existsSync(pinned) && realpathSync(pinned) !== realpathSync(process.execPath)) rerun(pinned);
  else
    refuse(
      'needs Node.js ' +
        MAJOR +
        '.' +
        MINOR +
        ' or newer (this is v' +
        process.versions.node +
        '); ' +
        // A checkout brings its own, once its packages are there.
        (existsSync(own('cli/main.ts')) ? 'npm ci installs it here' : 'install it from https://nodejs.org') +
        ', then run weir again',
    );
}
