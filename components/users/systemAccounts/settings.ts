import * as z from "zod";
import { argsObject } from "../../declaration";
import { matching } from "../../schemaFields";

/** As useradd(8) takes it, without what Debian's adduser(8) refuses. */
const accountName = matching(
  /^[a-z][a-z0-9_-]{0,31}$/,
  "is not the name of a person's account; allowed are a small letter and then small letters, digits, - and _, 32 characters at most (useradd(8))",
);

/** People who have an account on the machine itself. */
export const systemAccountsSchema = argsObject(
  "SystemAccountsArgs",
  "People who have an account on the machine itself, with mail at its hostname.",
  {
    names: z
      .array(accountName)
      .min(1, "must name at least one account")
      .meta({
        description:
          "Names of accounts that are there (`adduser NAME`), each of a person: with a number of 1000 to 59999. Nobody else who has an account gets mail here, or logs in.",
        example: ["anna"],
      }),
    enableForwardFiles: z.boolean().default(false).meta({
      description:
        "Whether a file `~/.forward` (aliases(5)) sends somebody's mail on: to addresses only, never to commands or files.",
    }),
  },
);
