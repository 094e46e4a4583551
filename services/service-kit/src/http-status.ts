/** Whether the same request may succeed later (RFC 9110 §15, RFC 6585 §4): 408, 425, 429 and every 5xx. */
export function mayPass(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}
