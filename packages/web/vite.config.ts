import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { withoutHtml } from "./src/markdown/without-html.ts";

// The page's policy allows no inline code, no inline style sheet and no data: addresses; so nothing is inlined here.
export default defineConfig({
  plugins: [withoutHtml(), react(), tailwindcss()],
  // The server puts a fresh one in with every answer.
  html: { cspNonce: "__CSP_NONCE__" },
  // In parts: a grammar is fetched when its language is met.
  worker: { format: "es" },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2023",
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { host: "127.0.0.1", proxy: { "/api": "http://127.0.0.1:7474" } },
});
