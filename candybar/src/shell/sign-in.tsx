/** Leads to where one signs in, and from there back to what is looked at now. */
import { useLocation } from "@tanstack/react-router";
import type { ReactNode } from "react";

export function SignIn({ className, children }: { className: string; children: ReactNode }) {
  const page = useLocation({ select: ({ href }) => href });
  return (
    <a className={className} href={page === "/" ? "/sign-in" : `/sign-in?to=${encodeURIComponent(page)}`}>
      {children}
    </a>
  );
}
