import * as z from "zod";
import type { Parsed } from "../addresses";
import { printable } from "../deployer/printable";

/** What stands around an answer of the host, so that whatever else is printed there is none: by a shell's start-up files, a banner, `sudo`. */
export const marks = { begin: "<pulumi-mailserver-answer>", end: "</pulumi-mailserver-answer>" } as const;

/** Characters of an answer; that of a host with thousands of files is far shorter. */
const longest = 16 * 1024 * 1024;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "is not a SHA-256 in 64 lower-case hexadecimal digits");

/** What the host says when packages are there: which it had not before. */
export const packagesAnswer = z.object({ installed: z.array(z.string()) });

/** What the host says when it has been activated. */
export const activationAnswer = z.object({ manifest: sha256 });

/** What the host wrote down of its certificate. The account is empty where certbot does not know it. */
export const certificateAnswer = z.object({
  certificateKey: sha256,
  acmeAccount: z
    .string()
    .refine((text) => text === "" || "value" in parseAccountUrl(text), "is not the URL of an ACME account"),
});

/** The SHA-256 of a certificate's key. */
export function parseCertificateKey(text: string): Parsed {
  const { success } = sha256.safeParse(text);
  return success ? { value: text } : { problem: "is not a SHA-256 in 64 lower-case hexadecimal digits" };
}

/** The URL of an ACME account, of characters that stand for themselves in a record, a zone file and a CAA parameter (RFC 8657 section 3). */
export function parseAccountUrl(text: string): Parsed {
  const url = /^https:\/\/[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?(\/[A-Za-z0-9._~%+=:@,/?&-]*)?$/;
  return url.test(text) && text.length <= 400
    ? { value: text }
    : {
        problem:
          "is not the URL of an ACME account; allowed is https://HOST/PATH of at most 400 letters, digits and . _ ~ % + = : @ , / ? & -",
      };
}

/**
 * What a host answered, in all that it printed.
 *
 * @param judge what each member must be; others are left out
 * @param remedy what a person can do where there is no such answer
 * @throws Error with what was got instead
 */
export function answerIn<T>(printed: string, judge: z.ZodType<T>, remedy: string): T {
  const texts = marked(printed);
  const judged = texts.map((text) => judgement(text, judge));
  const answers = new Map(
    judged.flatMap((each) => ("answer" in each ? [[JSON.stringify(each.answer), each.answer]] : [])),
  );
  const [answer, ...others] = answers.values();
  if (answer !== undefined && others.length === 0) return answer;
  const problem = judged.flatMap((each) => ("problem" in each ? [each.problem] : []))[0];
  const what =
    others.length > 0
      ? `gave ${answers.size} answers that differ`
      : `gave no answer that can be used: ${problem ?? nothingMarked(printed)}`;
  throw new Error(`The machine ${what}. ${remedy}`);
}

/** The texts between a mark and the next one, if that ends an answer. A mark that begins another answer leaves the one before without an end. */
function marked(printed: string): string[] {
  const parts = printed.split(marks.begin);
  const texts = parts.slice(1).flatMap((part) => {
    const end = part.indexOf(marks.end);
    return end < 0 ? [] : [part.slice(0, end).trim()];
  });
  // The state of an earlier version holds the answer alone.
  return parts.length === 1 && /^\s*\{[^\n]*\}\s*$/.test(printed.slice(0, longest)) ? [printed.trim()] : texts;
}

function judgement<T>(text: string, judge: z.ZodType<T>): { answer: T } | { problem: string } {
  if (text.length > longest) return { problem: `an answer has ${text.length} characters, more than ${longest}` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: `an answer is not JSON: ${shown(text)}` };
  }
  const result = judge.safeParse(value);
  if (result.success) return { answer: result.data };
  const [issue] = result.error.issues;
  const path = issue?.path ?? [];
  const got = path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
  const member = path.length === 0 ? "the answer" : printable(path.join("."), 100);
  return {
    problem: `${member} ${got === undefined ? "is missing" : `${issue?.message}: ${shown(JSON.stringify(got))}`}`,
  };
}

function nothingMarked(printed: string): string {
  return printed.trim() === "" ? "it printed nothing" : `it printed ${printed.length} characters: ${shown(printed)}`;
}

const shown = (text: string) => printable(text.trim(), 200);
