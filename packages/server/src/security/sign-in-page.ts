/** Shown to a browser that is not signed in. Has no script and needs none. */
export function signInPage(nonce: string, tokenWasRefused: boolean): string {
  const reason = tokenWasRefused
    ? "<p>This link was used already, or it is too old. Each link works once.</p>"
    : "<p>This browser is not signed in to Chatty yet.</p>";
  return page(
    nonce,
    "Open Chatty with its link",
    `<h1>Open Chatty with its link</h1>
${reason}
<p>Chatty printed a link when it started. Open that link here. If it is gone, run <code>chatty serve</code> once more in a
terminal: it prints a new one while Chatty goes on running.</p>
<p><a href="">Try again</a></p>`,
  );
}

/** Shown after a link was used: the browser goes on by itself, from a page of ours, so that the new cookie comes along. */
export function signedInPage(nonce: string): string {
  return page(nonce, "Chatty", '<p>Signed in. <a href="/">Go on to Chatty</a></p>', "0;url=/");
}

/** Shown while the page has not been built. */
export function unbuiltPage(nonce: string): string {
  return page(
    nonce,
    "The page is not built yet",
    `<h1>The page is not built yet</h1>
<p>The server runs, and everything under <a href="/api/docs">/api</a> works. Build the page with <code>npm start</code> in the
checkout, then reload.</p>
<p><a href="">Reload</a></p>`,
  );
}

/** Shown when a page cannot be given. What it says is escaped. */
export function refusedPage(nonce: string, message: string): string {
  return page(nonce, "Chatty", `<h1>This cannot be shown</h1><p>${escapeHtml(message)}</p>`);
}

function page(nonce: string, title: string, body: string, refresh?: string): string {
  const goOn = refresh === undefined ? "" : `<meta http-equiv="refresh" content="${refresh}">`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
${goOn}<title>${title}</title>
<style nonce="${nonce}">
:root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif; }
body { display: grid; place-items: center; min-height: 100dvh; margin: 0; padding: 1.5rem; box-sizing: border-box; }
main { max-width: 34rem; }
h1 { font-size: 1.4rem; line-height: 1.3; }
code { font-size: 0.95em; }
</style>
</head>
<body><main>
${body}
</main></body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`);
}
