#!/usr/bin/env node
import { ajvCommand } from "../dist/command/ajv.js";

const { code, out, err } = ajvCommand(process.argv.slice(2));
if (out) process.stdout.write(out);
if (err) process.stderr.write(err);
process.exitCode = code;
