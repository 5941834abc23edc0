import "./ui/fonts.css";
import "./ui/app.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "./api/client.ts";
import { connectEvents } from "./api/events.ts";
import { createAppRouter } from "./app/router.tsx";

// Dialogs put a style sheet into the page; the server's policy lets it in under the nonce it served the page with. This is the
// name under which the library behind them looks for it.
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]');
Object.assign(globalThis, { __webpack_nonce__: nonce?.nonce || nonce?.content || "" });

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Events say what is stale; asking again on a whim would only make work.
      staleTime: 60_000,
      refetchOnWindowFocus: false,
      retry: (count, error) =>
        count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
    },
  },
});

const root = document.querySelector("#root");
if (root === null) throw new Error("The page has no #root to draw in.");

connectEvents(queryClient);
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={createAppRouter(queryClient)} />
    </QueryClientProvider>
  </StrictMode>,
);
