// `npm start`: installs and builds what is stale, then runs the whole platform in this very process.
import { bootstrap } from "./bootstrap.mjs";

bootstrap();
const { up } = await import("../platform/dist/index.js");
await up(process.argv.slice(2));
