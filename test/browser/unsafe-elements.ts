import type { Page } from "playwright-core";

/** What stands in the page and could run, load or leave, one line each: empty in a page that shows text as text. */
export async function unsafeElements(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const found: string[] = [];
    const tell = (why: string, element: Element): void => {
      found.push(`${why}: ${element.outerHTML.slice(0, 200)}`);
    };
    const origin = location.origin;
    const isOwn = (address: string): boolean => new URL(address, location.href).origin === origin;
    for (const element of document.querySelectorAll("*")) {
      for (const { name, value } of element.attributes) {
        if (name.startsWith("on")) tell("handler in an attribute", element);
        const isAddress = [
          "href",
          "src",
          "action",
          "formaction",
          "xlink:href",
          "data",
          "srcdoc",
          "poster",
        ].includes(name);
        if (isAddress && /^\s*(javascript|vbscript|data:text\/html)/i.test(value))
          tell("address that runs", element);
      }
    }
    for (const element of document.querySelectorAll(
      "body iframe, body object, body embed, body form[action], body base, body meta, body link, body animate, body set",
    )) {
      // A frame is allowed for nothing but a file that the server sends with a sandbox.
      tell("element that has no place here", element);
    }
    for (const anchor of document.querySelectorAll<HTMLAnchorElement>("a[href]")) {
      const { protocol } = new URL(anchor.href, location.href);
      if (!["http:", "https:", "mailto:"].includes(protocol))
        tell("link to a scheme that is not for links", anchor);
      else if (!isOwn(anchor.href) && protocol !== "mailto:" && !/noopener|noreferrer/.test(anchor.rel))
        tell("link that tells where it came from", anchor);
    }
    for (const image of document.querySelectorAll<HTMLElement>(
      "img, source, video, audio, track, script[src]",
    )) {
      for (const address of [
        image.getAttribute("src"),
        image.getAttribute("srcset"),
        image.getAttribute("poster"),
      ]) {
        if (address === null || address === "" || address.startsWith("blob:")) continue;
        if (!isOwn(address)) tell("something remote", image);
      }
    }
    if ("__planted" in globalThis) found.push("a planted script ran");
    return found;
  });
}
