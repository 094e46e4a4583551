// `npm start`: installs and builds what is stale, then is `bb up`, in this very process.
import { bootstrap } from "./bootstrap.mjs";

bootstrap();
const { main } = await import("../platform/dist/cli/main.js");
await main(["up", ...process.argv.slice(2)]);
