import { Link } from "@tanstack/react-router";
import { StatePage } from "../ui/state-page.tsx";

export function NotFoundPage() {
  return (
    <StatePage title="There is nothing at this address">
      <p>The page may have another address now. Nothing of yours is lost.</p>
      <Link to="/" className="text-accent-ink underline underline-offset-2">
        Go to your home conversation
      </Link>
    </StatePage>
  );
}
