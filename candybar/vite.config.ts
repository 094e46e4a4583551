import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig } from "vite";

// `npm run dev -w candybar` works against a running platform, or the fixture server, on this port.
const api = process.env.CANDYBAR_API ?? "http://127.0.0.1:8682";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  // The workspace's sources: a page is built without a build of what it checks with.
  resolve: { conditions: ["@33god/source", ...defaultClientConditions] },
  build: {
    target: "es2023",
    outDir: "dist",
    emptyOutDir: true,
    reportCompressedSize: false,
    sourcemap: false,
  },
  server: {
    // The platform refuses other origins, so the host stays; `/events/<id>` asked for as a page is the page's own.
    proxy: Object.fromEntries(
      ["/api", "/schemas", "/health", "/events"].map((path) => [
        path,
        {
          target: api,
          changeOrigin: false,
          bypass: ({ headers }) => (headers.accept?.includes("text/html") ? "/index.html" : undefined),
        },
      ]),
    ),
  },
});
