import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { worthRetrying } from "./api/queries.js";
import { router } from "./router.js";
import "./design/tokens.css";
import "./design/base.css";
import "./design/layout.css";

const client = new QueryClient({
  defaultOptions: {
    // The page talks to a machine that is often this one: "offline" says nothing about it.
    queries: {
      retry: worthRetrying,
      networkMode: "always",
      retryDelay: (n) => Math.min(5000, 400 * 2 ** n),
      // What is asked for once is asked for again where there was no answer.
      refetchInterval: ({ state: { error } }) => (error && worthRetrying(0, error) ? 5_000 : false),
    },
    mutations: { networkMode: "always" },
  },
});

// A view that is fetched when somebody goes there cannot be had from a platform that stopped meanwhile.
setTimeout(() => {
  for (const route of Object.values(router.routesById)) void router.loadRouteChunk(route)?.catch(() => {});
}, 1_000);

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
