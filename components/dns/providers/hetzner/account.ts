import type { z } from "zod";
import { argsObject } from "../../../declaration";
import { credential } from "../fields";
import type { AccountKind } from "../provider";
import { hetznerSdk } from "./sdk";

const settings = argsObject("HetznerAccountArgs", "How to log in to a project at Hetzner.", {
  token: credential("An API token of the project that has the zones, with the right to read and write: 64 characters."),
});

/** A project at Hetzner. */
export const hetznerAccount = {
  about: "A project at Hetzner.",
  settings,
  provider: (name, { token }, opts) => {
    const { Provider } = hetznerSdk();
    return new Provider(name, { token }, opts);
  },
} satisfies AccountKind<z.output<typeof settings>>;
