import type { MailModel } from "../../model";

/** How many of the largest messages must have room in the queue before smtpd(8) takes one. */
export const smtpdSpace = 1.5;

/** Bytes that must be free where mail is kept, so that there is time to make room before Postfix takes none: twice what it demands. */
export function roomForMail({
  messageSizeLimit,
  queueMinFree,
}: Pick<MailModel, "messageSizeLimit" | "queueMinFree">): number {
  return 2 * (queueMinFree ?? Math.ceil(smtpdSpace * messageSizeLimit));
}
