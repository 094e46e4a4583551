#!/usr/bin/env node
import "../dist/bb.js";
