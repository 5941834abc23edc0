import type { ErrorComponentProps } from "@tanstack/react-router";
import { useRouter } from "@tanstack/react-router";
import { describeError } from "../api/client.ts";
import { Button } from "../ui/button.tsx";
import { StatePage } from "../ui/state-page.tsx";

/** What is shown instead of a page that could not be made. */
export function RouteErrorPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const { message, hint } = describeError(error);
  return (
    <StatePage title="This page could not be shown" isAlert>
      <p>{message}</p>
      <p>{hint ?? "Everything you wrote is kept on the server."}</p>
      <Button
        onClick={() => {
          reset();
          router.invalidate().catch(() => {
            // The page shows the error again.
          });
        }}
      >
        Try again
      </Button>
    </StatePage>
  );
}
