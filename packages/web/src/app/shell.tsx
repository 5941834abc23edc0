import { Outlet } from "@tanstack/react-router";

/** The frame around every page. */
export function Shell() {
  return (
    <main className="h-full" id="main" tabIndex={-1}>
      <Outlet />
    </main>
  );
}
