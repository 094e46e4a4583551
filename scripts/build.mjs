// `npm run build`: installs and builds whatever is stale.
import { bootstrap } from "./bootstrap.mjs";

bootstrap();
